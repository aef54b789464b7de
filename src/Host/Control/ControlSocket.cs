using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using Mailroom.Input;

namespace Mailroom.Host.Control;

/// <summary>Where a host listens for commands: a Unix domain socket in its state folder, which only its owner can reach.</summary>
internal static class ControlSocket
{
    // sun_path has 108 bytes on Linux and 104 on macOS, with the closing zero.
    private const int MaxPathBytes = 103;

    /// <summary>
    /// The socket of a state folder. One whose path is too long for a socket has it in a folder of the same owner under
    /// the temporary directory, named by a hash of the path.
    /// </summary>
    public static string PathOf(StateFolder state)
    {
        var path = Path.Combine(state.Path, "control.sock");
        if (Encoding.UTF8.GetByteCount(path) <= MaxPathBytes)
            return path;
        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(state.Path)))[..16];
        return Path.Combine(Path.GetTempPath(), $"mailroom-{Environment.UserName}-{hash}", "control.sock");
    }

    /// <summary>Makes the socket's folder and checks that nobody else can enter it.</summary>
    public static void Prepare(StateFolder state)
    {
        var path = PathOf(state);
        var folder = Path.GetDirectoryName(path)!;
        if (folder != state.Path && !OperatingSystem.IsWindows())
        {
            const UnixFileMode ownerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
            Directory.CreateDirectory(folder, ownerOnly);
            if (File.GetUnixFileMode(folder) != ownerOnly)
                throw new UserError($"{folder} is open to others and can't hold the control socket; remove it, or choose a state folder with a shorter path (--state DIR)", ExitCode.Refused);
        }
        File.Delete(path); // left by a host that was killed; a living one holds the lock, which this process has now
    }

    /// <summary>A connection to the host of a state folder, or null when none listens there.</summary>
    public static async Task<Socket?> ConnectAsync(StateFolder state, CancellationToken cancellation)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(PathOf(state)), cancellation).ConfigureAwait(false);
            return socket;
        }
        catch (SocketException)
        {
            socket.Dispose();
            return null;
        }
    }
}
