using Mailroom.Files;
using Mailroom.Input;

namespace Mailroom.Inspection;

/// <summary>How it is with a state folder: whether it can be used, and nobody else can read what is in it.</summary>
public static class StateChecks
{
    private const long LeastFree = 500_000_000;

    /// <param name="path">of the folder; it need not be there</param>
    public static IEnumerable<Finding> Of(string path)
    {
        var state = StateFolder.At(path);
        if (!Directory.Exists(state.Path))
        {
            yield return new Finding("state folder", true, $"{state.Path} is not there yet, and is made when it is needed");
            yield break;
        }
        yield return FileStatus.IsOwn(state.Path, FileStatus.Folder)
            ? new Finding("state folder", true, state.Path)
            : new Finding(
                "state folder",
                false,
                $"{state.Path} is open to others, a link, or belongs to another user; chmod 700 it, or choose another with --state DIR"
            );
        foreach (var secret in new[] { state.Authority, state.AuthorityBefore, state.Members, state.Membership }.Where(File.Exists))
            if (!FileStatus.IsOwn(secret, FileStatus.Regular))
                yield return new Finding(
                    "state folder",
                    false,
                    $"{secret} is open to others, a link, or belongs to another user, and so is refused; if nobody can have read or "
                        + "changed it, chmod 600 it"
                );
        var free = new DriveInfo(state.Path).AvailableFreeSpace;
        yield return free >= LeastFree
            ? new Finding("disk", true, $"{Quantity.Megabytes(free)} free")
            : new Finding("disk", false, $"only {Quantity.Megabytes(free)} free for {state.Path}; jobs stand still when it is full");
    }
}
