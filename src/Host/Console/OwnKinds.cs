using System.CommandLine;
using System.CommandLine.Parsing;
using Mailroom.Host.Control;

namespace Mailroom.Host.Console;

/// <summary>
/// Which assemblies with users' own kinds a command is about; known before the commands are, because kinds are commands too.
/// </summary>
internal static class OwnKinds
{
    /// <summary>Those named with --kinds; without it those of the host that runs on the state folder.</summary>
    public static async Task<IReadOnlyList<string>> OfAsync(IEnumerable<string> args, CancellationToken cancellation)
    {
        var kinds = new Option<string[]>("--kinds");
        var state = new Option<string?>("--state");
        var parsed = new RootCommand { kinds, state }.Parse(
            [.. args.TakeWhile(word => word != "--").Where(word => word is not ("-h" or "--help" or "--version"))],
            CommandTree.Configuration
        );
        if (parsed.Errors.Any(error => error.SymbolResult is OptionResult))
            return []; // the command's own parser says what is wrong
        if (parsed.GetValue(kinds) is { Length: > 0 } named)
            return named;
        var folder = StateFolder.At(parsed.GetValue(state));
        if (!File.Exists(folder.Kinds) || await File.ReadAllLinesAsync(folder.Kinds, cancellation) is not { Length: > 0 } known)
            return [];
        await using var host = await ControlSocket.ConnectAsync(folder, cancellation);
        return host is null ? [] : known;
    }
}
