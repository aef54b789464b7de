using System.IO.Pipes;
using System.Runtime.Versioning;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;

namespace Mailroom.Host.Control;

/// <summary>
/// Where a host on Windows listens for commands: a named pipe that only its owner can open. A Unix domain socket there has no
/// owner of its own, and some Windows systems have none.
/// </summary>
[SupportedOSPlatform("windows")]
internal static class ControlPipe
{
    // A pipe that is not there is waited for as long; so this is what a command costs that finds no host.
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(100);

    public static void Listen(WebApplicationBuilder builder, StateFolder state)
    {
        builder.WebHost.UseNamedPipes(options => options.CurrentUserOnly = true);
        builder.Services.Configure<KestrelServerOptions>(options => options.ListenNamedPipe(NameOf(state)));
    }

    /// <returns>null when no host listens there</returns>
    public static async Task<Stream?> ConnectAsync(StateFolder state, CancellationToken cancellation)
    {
        var pipe = new NamedPipeClientStream(".", NameOf(state), PipeDirection.InOut, PipeOptions.Asynchronous | PipeOptions.CurrentUserOnly);
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
    }

    // Windows takes a path in any case for the same one.
    private static string NameOf(StateFolder state) => "mailroom-" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(state.Path.ToUpperInvariant())))[..32];
}
