using System.Net.Sockets;
using System.Security.Authentication;

namespace Mailroom.Door;

/// <summary>Tells a connection that broke from a bug.</summary>
internal static class Breaks
{
    /// <summary>What a connection that ends for a reason of its own throws; anything else is a bug.</summary>
    public static bool Is(Exception error) =>
        error is IOException or SocketException or ObjectDisposedException or AuthenticationException or OperationCanceledException;

    /// <summary>The innermost reason: that is where TLS says what it is about.</summary>
    public static string Words(Exception error)
    {
        while (error.InnerException is { } inner)
            error = inner;
        return Input.Visible.Text(error.Message.Length > 300 ? error.Message[..300] + "…" : error.Message);
    }
}
