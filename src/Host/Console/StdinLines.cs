using System.Text.Json.Nodes;
using Mailroom.Input;
using Mailroom.Kinds;

namespace Mailroom.Host.Console;

/// <summary>Saves what is piped into a job to a file of the state folder: the job may run in another process, and after this one.</summary>
internal static class StdinLines
{
    private static readonly TimeSpan Kept = TimeSpan.FromDays(30);

    /// <summary>Puts the file's path where the arguments ask for stdin.</summary>
    public static void Take(IKind kind, JsonObject arguments, Session session)
    {
        if (kind.Arguments.FirstOrDefault(argument => argument.Lines is not null) is not { } lines)
            return;
        var list = kind.Arguments.FirstOrDefault(argument => argument is { Positional: true, IsList: true })?.Name;
        var isDash = list is not null && arguments[list] is JsonArray { Count: 1 } words && (string?)words[0] == "-";
        var isAsked = isDash || (string?)arguments[lines.Name] == "-";
        var isImplied = lines.Lines!.StdinByDefault && arguments[lines.Name] is null && System.Console.IsInputRedirected && !session.IsScript;
        if (!isAsked && !isImplied)
            return;
        if (session.IsScript || session.IsPrompt)
            throw new UserError($"{kind.Name}: stdin is taken by the prompt; name a file with {lines.Word} FILE");
        if (isDash)
            arguments.Remove(list!);
        arguments[lines.Name] = Save(session.State);
    }

    /// <summary>Removes what was piped in so long ago that no job wants it any more.</summary>
    public static void Clean(StateFolder state, DateTimeOffset now)
    {
        foreach (var file in new DirectoryInfo(state.Inputs).EnumerateFiles().Where(file => now - file.LastWriteTimeUtc > Kept))
            file.Delete();
    }

    private static string Save(StateFolder state)
    {
        state.Create();
        var path = Path.Combine(state.Inputs, $"{Guid.NewGuid():n}.txt");
        using var file = File.Create(path);
        using var stdin = System.Console.OpenStandardInput();
        stdin.CopyTo(file);
        return path;
    }
}
