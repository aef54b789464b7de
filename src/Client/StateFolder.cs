using Mailroom.Files;
using Mailroom.Input;

namespace Mailroom;

/// <summary>The folder in which a host keeps what outlives it: journal, logs, authority, lock. Only its owner may enter.</summary>
internal sealed class StateFolder
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

    /// <summary>What programs wrote that is too big for the journal, and what processes share; see <see cref="Scratch"/>.</summary>
    public string Outputs => System.IO.Path.Combine(Path, "outputs");

    /// <summary>Of a node: what has come along with jobs of other machines, a folder for each node of this one.</summary>
    public string Files => System.IO.Path.Combine(Path, "files");

    /// <summary>Where the running host's control socket is, if that is not in this folder, because its path would be too long.</summary>
    public string Socket => System.IO.Path.Combine(Path, "host.socket");

    /// <summary>The assemblies with users' own kinds that the running host knows, a path a line.</summary>
    public string Kinds => System.IO.Path.Combine(Path, "host.kinds");

    /// <summary>The authority that signs host and nodes, with its key; see <c>Authority</c>.</summary>
    public string Authority => System.IO.Path.Combine(Path, "authority.pem");

    /// <summary>The authority before that one, as long as nodes know the host by it.</summary>
    public string AuthorityBefore => System.IO.Path.Combine(Path, "authority-before.pem");

    /// <summary>Who was invited to a host, who is a member of it, and whose certificates it takes no more.</summary>
    public string Members => System.IO.Path.Combine(Path, "members.json");

    /// <summary>Of a node that has joined by an invitation: where its host is, its key and its certificate.</summary>
    public string Membership => System.IO.Path.Combine(Path, "membership.json");

    /// <summary>The given folder, or the user's own: <c>$XDG_STATE_HOME/mailroom</c>, <c>~/.local/state/mailroom</c>.</summary>
    public static StateFolder At(string? path)
    {
        if (path is not null)
            return new StateFolder(Disk.FullText(path, "--state"));
        var home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
        var state =
            OperatingSystem.IsWindows() ? Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData)
            : Environment.GetEnvironmentVariable("XDG_STATE_HOME") is { Length: > 0 } set ? set
            : System.IO.Path.Combine(home, ".local", "state");
        return new StateFolder(System.IO.Path.Combine(state, "mailroom"));
    }

    /// <summary>
    /// Makes the folder, or takes one that is there. From here on nothing that this process makes for itself can be read by others.
    /// </summary>
    /// <exception cref="UserError">it can't be made or written, belongs to somebody else, or is open to others and holds other
    /// things</exception>
    public void Create()
    {
        FileModes.BePrivate();
        try
        {
            CreatePrivate(Path);
            Close();
            CreatePrivate(Logs);
            CreatePrivate(Inputs);
            CreatePrivate(Outputs);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new UserError(
                $"the state folder {Path} can't be used: {error.Message}; choose another with --state DIR",
                ExitCode.Refused,
                error
            );
        }
    }

    /// <summary>Writes a file that only its owner can read, wholly or not at all.</summary>
    /// <param name="lasts">whether it is to outlive a loss of power from now on</param>
    public static void WritePrivate(string path, string text, bool lasts = false)
    {
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = OwnerFile;
        using (var file = new FileStream(path + ".new", options))
        {
            file.Write(System.Text.Encoding.UTF8.GetBytes(text));
            file.Flush(flushToDisk: lasts);
        }
        File.Move(path + ".new", path, overwrite: true);
        if (lasts)
            Disk.Settle(System.IO.Path.GetDirectoryName(path)!);
    }

    /// <summary>Whether a folder is no link, this user's, and nobody else may enter it.</summary>
    public static bool IsPrivate(string folder) => FileStatus.IsOwn(folder, FileStatus.Folder);

    /// <summary>
    /// A folder that was there may be open to others: one of ours, or an empty one, is closed; another may be open for a reason.
    /// </summary>
    private void Close()
    {
        if (OperatingSystem.IsWindows())
            return;
        if (FileStatus.Of(Path) is { } status && status.Owner != FileStatus.Self)
            throw new UserError(
                $"the state folder {Path} belongs to another user, who could read and change what is kept there; choose another with "
                    + "--state DIR",
                ExitCode.Refused
            );
        if ((File.GetUnixFileMode(Path) & ~OwnerOnly) == 0)
            return;
        if (!File.Exists(Lock) && Directory.EnumerateFileSystemEntries(Path).Any())
            throw new UserError(
                $"the state folder {Path} is open to other users and holds other things than Mailroom's; choose an empty or new one "
                    + "with --state DIR",
                ExitCode.Refused
            );
        File.SetUnixFileMode(Path, OwnerOnly);
    }

    private static void CreatePrivate(string path)
    {
        if (OperatingSystem.IsWindows())
            Directory.CreateDirectory(path);
        else
            Directory.CreateDirectory(path, OwnerOnly);
    }
}
