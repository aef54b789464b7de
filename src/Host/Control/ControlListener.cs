using System.Runtime.Versioning;
using System.Security.Cryptography;
using System.Text;
using Mailroom.Client;
using Mailroom.Input;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;

namespace Mailroom.Host.Control;

/// <summary>Has a server listen where <see cref="ControlSocket"/> and <see cref="ControlPipe"/> connect to.</summary>
internal static class ControlListener
{
    /// <summary>Has a server listen there.</summary>
    public static void Listen(WebApplicationBuilder builder, StateFolder state)
    {
        if (OperatingSystem.IsWindows())
            ListenPipe(builder, state);
        else if (Prepare(state) is var path)
            builder.Services.Configure<KestrelServerOptions>(options => options.ListenUnixSocket(path));
    }

    /// <summary>
    /// Lets nobody but its owner connect to the socket that a server has made; that its folder is private does so already.
    /// </summary>
    public static void Close(StateFolder state)
    {
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(ControlSocket.PathOf(state), UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }

    [SupportedOSPlatform("windows")]
    private static void ListenPipe(WebApplicationBuilder builder, StateFolder state)
    {
        // Nobody can know it who can't read the state folder, and so nobody can have taken it.
        var name = $"mailroom-{Guid.NewGuid():N}";
        builder.WebHost.UseNamedPipes(options => options.CurrentUserOnly = true);
        builder.Services.Configure<KestrelServerOptions>(options => options.ListenNamedPipe(name));
        StateFolder.WritePrivate(state.Socket, name);
    }

    // Chooses the socket's place, makes its folder and checks that nobody else can enter it.
    private static string Prepare(StateFolder state)
    {
        var path = ControlSocket.Own(state);
        if (path is null)
        {
            path = Path.Combine(Short(state), ControlSocket.Name);
            StateFolder.WritePrivate(state.Socket, path);
        }
        File.Delete(path); // left by a host that was killed; a living one holds the lock, which this process has now
        return path;
    }

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
                .FirstOrDefault(folder => Encoding.UTF8.GetByteCount(folder) + 1 + ControlSocket.Name.Length <= ControlSocket.MaxPathBytes)
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
}
