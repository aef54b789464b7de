using Mailroom.Client;
using Mailroom.Host.Control;

namespace Mailroom.Host.Console;

/// <summary>
/// Which assemblies with users' own kinds a command is about; known before the commands are, because kinds are commands too.
/// </summary>
internal static class OwnKinds
{
    /// <summary>Those named with --kinds; without it those of the host that runs on the state folder.</summary>
    public static async Task<IReadOnlyList<string>> OfAsync(IReadOnlyList<string> named, string? state, CancellationToken cancellation)
    {
        if (named.Count > 0)
            return named;
        var folder = StateFolder.At(state);
        if (!File.Exists(folder.Kinds) || await File.ReadAllLinesAsync(folder.Kinds, cancellation) is not { Length: > 0 } known)
            return [];
        await using var host = await ControlSocket.ConnectAsync(folder, cancellation);
        return host is null ? [] : known;
    }
}
