using System.Net.Sockets;
using System.Text;

namespace Mailroom.Client;

/// <summary>
/// Where a host can be talked to: a Unix domain socket in its state folder, which only its owner can reach; on Windows a
/// <see cref="ControlPipe"/>.
/// </summary>
internal static class ControlSocket
{
    public const string Name = "control.sock";

    /// <summary>Of its path: <c>sun_path</c> has 108 bytes on Linux and 104 on macOS, with the closing zero.</summary>
    public const int MaxPathBytes = 103;

    /// <summary>Its path in the state folder, or null where that would be too long for a socket.</summary>
    public static string? Own(StateFolder state) =>
        Path.Combine(state.Path, Name) is var path && Encoding.UTF8.GetByteCount(path) <= MaxPathBytes ? path : null;

    /// <summary>In the state folder, or where the host has written that it is.</summary>
    public static string PathOf(StateFolder state)
    {
        if (Own(state) is { } own)
            return own;
        // Its folder may be gone, and another user's stand in its place.
        return
            File.Exists(state.Socket)
            && File.ReadAllText(state.Socket) is var path
            && Path.GetDirectoryName(path) is { } folder
            && StateFolder.IsPrivate(folder)
            ? path
            : Path.Combine(state.Path, Name);
    }

    /// <summary>A connection to the host of a state folder, or null when none listens there.</summary>
    public static async Task<Stream?> ConnectAsync(StateFolder state, CancellationToken cancellation)
    {
        if (OperatingSystem.IsWindows())
            return await ControlPipe.ConnectAsync(state, cancellation).ConfigureAwait(false);
        if (!File.Exists(PathOf(state)))
            return null;
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(PathOf(state)), cancellation).ConfigureAwait(false);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch (SocketException)
        {
            socket.Dispose();
            return null;
        }
    }
}
