using System.IO.Pipes;
using System.Runtime.Versioning;
using Mailroom.Input;

namespace Mailroom.Client;

/// <summary>
/// Where a host on Windows can be talked to: a named pipe that only its owner can open. A Unix domain socket there has no owner of its
/// own, and some Windows systems have none.
/// </summary>
[SupportedOSPlatform("windows")]
internal static class ControlPipe
{
    // A pipe that is not there is waited for as long; so this is what a command costs that finds a host which was killed.
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(500);

    /// <returns>null when no host listens there</returns>
    /// <exception cref="UserError">it is another user's, or runs with other rights</exception>
    public static async Task<Stream?> ConnectAsync(StateFolder state, CancellationToken cancellation)
    {
        if (!File.Exists(state.Socket))
            return null;
        var pipe = new NamedPipeClientStream(
            ".",
            await File.ReadAllTextAsync(state.Socket, cancellation).ConfigureAwait(false),
            PipeDirection.InOut,
            PipeOptions.Asynchronous | PipeOptions.CurrentUserOnly
        );
        try
        {
            await pipe.ConnectAsync(Patience, cancellation).ConfigureAwait(false);
            return pipe;
        }
        catch (Exception error) when (error is TimeoutException or IOException)
        {
            await pipe.DisposeAsync().ConfigureAwait(false);
            return null;
        }
        catch (UnauthorizedAccessException error)
        {
            await pipe.DisposeAsync().ConfigureAwait(false);
            throw new UserError(
                $"the host on {state.Path} is another user's, or runs as administrator while this command does not, or the other way round",
                ExitCode.Refused,
                error
            );
        }
    }
}
