using System.Text.Json.Nodes;
using Mailroom.Files;
using Mailroom.Input;
using Mailroom.Kinds;

namespace Mailroom.Host.Console;

/// <summary>Saves what is piped into a job to a file of the state folder: the job may run in another process, and after this one.</summary>
internal static class StdinLines
{
    /// <summary>Puts the path of a saved copy where the arguments ask for stdin, or name something that can be read only once.</summary>
    public static async Task TakeAsync(IKind kind, JsonObject arguments, Session session, CancellationToken cancellation)
    {
        if (kind.Arguments.FirstOrDefault(argument => argument.Lines is not null) is not { } lines)
            return;
        var list = kind.Arguments.FirstOrDefault(argument => argument is { Positional: true, IsList: true })?.Name;
        var words = list is null ? [] : (arguments[list] as JsonArray ?? []).Select(word => (string?)word).ToList();
        var given = (string?)arguments[lines.Name];
        var isDash = words is ["-"];
        var isImplied =
            lines.Lines!.StdinByDefault
            && given is null
            && System.Console.IsInputRedirected
            && !session.IsScript
            && !words.Any(lines.Lines.Unless.Contains);
        if (isDash || isImplied || given == "-")
        {
            if (session.IsScript || session.IsPrompt)
                throw new UserError($"{kind.Name}: stdin is taken by the prompt; name a file with {lines.Word} FILE");
            if (isDash)
                arguments.Remove(list!);
            arguments[lines.Name] = await SaveAsync(
                session.State,
                () => System.Console.OpenStandardInput(),
                $"{kind.Name}: stdin",
                cancellation
            );
        }
        else if (given is { Length: > 0 } && Disk.Full(given) is var path && Disk.IsFile(path) && !RegularFile.Is(path))
            arguments[lines.Name] = await SaveAsync(
                session.State,
                () => SafeFile.OpenOnce(path),
                $"{kind.Name}: {lines.Word} {Visible.Text(given)}",
                cancellation
            );
    }

    // On a thread of its own: a pipe that nobody writes keeps whoever opens it waiting, and must not keep the command from ending.
    private static async Task<string> SaveAsync(StateFolder state, Func<Stream> open, string what, CancellationToken cancellation)
    {
        state.Create();
        var path = Path.Combine(state.Inputs, $"{Guid.NewGuid():n}.txt");
        try
        {
            await Task.Run(() => Save(open, path), CancellationToken.None).WaitAsync(cancellation);
            return path;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new UserError($"{what} can't be read: {Visible.Text(error.Message)}", cause: error);
        }
    }

    private static void Save(Func<Stream> open, string path)
    {
        using var source = open();
        using var file = File.Create(path);
        source.CopyTo(file);
    }
}
