using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using Mailroom.Input;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;

namespace Mailroom.Host.Control;

/// <summary>
/// Where a host listens for commands: a Unix domain socket in its state folder, which only its owner can reach; on Windows a
/// <see cref="ControlPipe"/>.
/// </summary>
internal static class ControlSocket
{
    // sun_path has 108 bytes on Linux and 104 on macOS, with the closing zero.
    private const int MaxPathBytes = 103;

    private const string Name = "control.sock";

    /// <summary>
    /// The socket of a state folder: in it, or, where its path would be too long for a socket, where the host has written
    /// that it is.
    /// </summary>
    private static string PathOf(StateFolder state)
    {
        var nowhere = Path.Combine(state.Path, Name);
        if (Own(state) is { } own)
            return own;
        // Its folder may be gone, and another user's stand in its place.
        return
            File.Exists(state.Socket)
            && File.ReadAllText(state.Socket) is var path
            && Path.GetDirectoryName(path) is { } folder
            && StateFolder.IsPrivate(folder)
            ? path
            : nowhere;
    }

    /// <summary>Has a server listen there.</summary>
    public static void Listen(WebApplicationBuilder builder, StateFolder state)
    {
        if (OperatingSystem.IsWindows())
            ControlPipe.Listen(builder, state);
        else if (Prepare(state) is var path)
            builder.Services.Configure<KestrelServerOptions>(options => options.ListenUnixSocket(path));
    }

    /// <summary>
    /// Lets nobody but its owner connect to the socket that a server has made; that its folder is private does so already.
    /// </summary>
    public static void Close(StateFolder state)
    {
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(PathOf(state), UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }

    // Chooses the socket's place, makes its folder and checks that nobody else can enter it.
    private static string Prepare(StateFolder state)
    {
        var path = Own(state);
        if (path is null)
        {
            path = Path.Combine(Short(state), Name);
            StateFolder.WritePrivate(state.Socket, path);
        }
        File.Delete(path); // left by a host that was killed; a living one holds the lock, which this process has now
        return path;
    }

    private static string? Own(StateFolder state) =>
        Path.Combine(state.Path, Name) is var path && Encoding.UTF8.GetByteCount(path) <= MaxPathBytes ? path : null;

    /// <summary>
    /// A folder of the same owner with a short path, named by a hash of the state folder's: in the user's own run-time folder (XDG Base
    /// Directory Specification), else in the one for temporary files.
    /// </summary>
    private static string Short(StateFolder state)
    {
        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(state.Path)))[..16];
        string[] places = [Environment.GetEnvironmentVariable("XDG_RUNTIME_DIR") ?? "", Path.GetTempPath(), "/tmp"];
        var folder =
            places
                .Where(place => Path.IsPathRooted(place) && Directory.Exists(place))
                .Select(place => Path.Combine(place, $"mailroom-{Environment.UserName}-{hash}"))
                .FirstOrDefault(folder => Encoding.UTF8.GetByteCount(folder) + 1 + Name.Length <= MaxPathBytes)
            ?? throw new UserError(
                "there is no folder with a path short enough for the control socket; choose a state folder with a shorter path "
                    + "(--state DIR)",
                ExitCode.Refused
            );
        if (!OperatingSystem.IsWindows())
            Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        if (!StateFolder.IsPrivate(folder))
            throw new UserError(
                $"{folder} belongs to another user or is open to others, and can't hold the control socket; remove it, or choose a "
                    + "state folder with a shorter path (--state DIR)",
                ExitCode.Refused
            );
        return folder;
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
