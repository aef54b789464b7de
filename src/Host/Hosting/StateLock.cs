using System.Globalization;
using Mailroom.Input;

namespace Mailroom.Host.Hosting;

/// <summary>
/// Held by the one host of a state folder for as long as it lives; the operating system lets go of it when the process ends.
/// </summary>
internal sealed class StateLock : IDisposable
{
    private readonly FileStream _file;
    private readonly string _pidFile;

    private StateLock(FileStream file, string pidFile) => (_file, _pidFile) = (file, pidFile);

    /// <exception cref="UserError">another host has it, with its pid</exception>
    public static StateLock Take(StateFolder state)
    {
        FileStream file;
        try
        {
            file = new FileStream(state.Lock, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException error)
        {
            throw new UserError(
                $"the state folder {state.Path} is in use by another host{Holder(state)}; talk to that one with 'mailroom jobs', or "
                    + "choose another folder with --state DIR",
                ExitCode.Refused,
                error
            )
            {
                IsPassing = true,
            };
        }
        StateFolder.WritePrivate(state.Pid, Environment.ProcessId.ToString(CultureInfo.InvariantCulture));
        return new StateLock(file, state.Pid);
    }

    public void Dispose()
    {
        File.Delete(_pidFile);
        _file.Dispose();
    }

    /// <summary>The process that has it now, as it has written, or null.</summary>
    public static string? HolderOf(StateFolder state)
    {
        try
        {
            return File.ReadAllText(state.Pid);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return null; // nobody has it just now
        }
    }

    private static string Holder(StateFolder state) => int.TryParse(HolderOf(state), out var pid) ? $" (process {pid})" : "";
}
