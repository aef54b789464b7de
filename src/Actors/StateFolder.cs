using System.Security.Cryptography;
using Mailroom.Input;

namespace Mailroom;

/// <summary>The folder in which a host keeps what outlives it: journal, logs, token, lock. Only its owner may enter.</summary>
public sealed class StateFolder
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
    private const UnixFileMode OwnerFile = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private StateFolder(string path) => Path = path;

    public string Path { get; }

    public string Logs => System.IO.Path.Combine(Path, "logs");

    public string Journal => System.IO.Path.Combine(Path, "journal.db");

    public string Lock => System.IO.Path.Combine(Path, "host.lock");

    public string Pid => System.IO.Path.Combine(Path, "host.pid");

    public string History => System.IO.Path.Combine(Path, "history");

    /// <summary>What was piped into jobs, a file for each; see <see cref="Kinds.LinesAttribute"/>.</summary>
    public string Inputs => System.IO.Path.Combine(Path, "inputs");

    /// <summary>The assemblies with users' own kinds that the running host knows, a path a line.</summary>
    public string Kinds => System.IO.Path.Combine(Path, "host.kinds");

    private string TokenFile => System.IO.Path.Combine(Path, "node.token");

    /// <summary>The given folder, or the user's own: <c>$XDG_STATE_HOME/mailroom</c>, <c>~/.local/state/mailroom</c>.</summary>
    public static StateFolder At(string? path)
    {
        if (path is not null)
            return new StateFolder(System.IO.Path.GetFullPath(path));
        var home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
        var state = OperatingSystem.IsWindows() ? Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData)
            : Environment.GetEnvironmentVariable("XDG_STATE_HOME") is { Length: > 0 } set ? set
            : System.IO.Path.Combine(home, ".local", "state");
        return new StateFolder(System.IO.Path.Combine(state, "mailroom"));
    }

    /// <exception cref="UserError">it can't be made or written</exception>
    public void Create()
    {
        try
        {
            CreatePrivate(Path);
            CreatePrivate(Logs);
            CreatePrivate(Inputs);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new UserError($"the state folder {Path} can't be used: {error.Message}; choose another with --state DIR", ExitCode.Refused, error);
        }
    }

    /// <summary>The secret that nodes of this host show when they join; made at first use, readable by its owner only.</summary>
    public string Token()
    {
        if (File.Exists(TokenFile))
            return File.ReadAllText(TokenFile);
        var token = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32));
        WritePrivate(TokenFile, token);
        return token;
    }

    /// <exception cref="UserError">there is none: no host was ever started on this folder</exception>
    public string ReadToken() => File.Exists(TokenFile)
        ? File.ReadAllText(TokenFile)
        : throw new UserError($"{Path} holds no token of a host; start the host first, or name its state folder with --state DIR", ExitCode.Refused);

    public static void WritePrivate(string path, string text)
    {
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = OwnerFile;
        using var file = new StreamWriter(path, options);
        file.Write(text);
    }

    private static void CreatePrivate(string path)
    {
        if (OperatingSystem.IsWindows())
            Directory.CreateDirectory(path);
        else
            Directory.CreateDirectory(path, OwnerOnly);
    }
}
