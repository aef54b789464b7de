using System.Diagnostics;
using System.Globalization;
using Mailroom.Files;

namespace Mailroom.BuiltIn.Programs;

/// <summary>
/// What the processes that run one job's programs share: places that only one of them has at a time, and a pace of starts.
/// Files in a folder of theirs are locked for it, which the system undoes when a process dies.
/// </summary>
internal static class Turns
{
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(2);

    /// <summary>The first place that is free, from 1; it is free again when this is disposed.</summary>
    public static (IDisposable Place, int Number) Take(int job)
    {
        for (var number = 1; ; number++)
            if (TryLock($"slot-{job}-{number}") is { } place)
                return (place, number);
    }

    /// <summary>Waits until so much time has passed since the last start of the job, in whatever process that was.</summary>
    public static async Task WaitAsync(int job, TimeSpan delay, CancellationToken cancellation)
    {
        FileStream? file;
        while ((file = TryLock($"pace-{job}")) is null)
            await Task.Delay(Look, cancellation).ConfigureAwait(false);
        TimeSpan wait;
        using (file)
        {
            var text = new StreamReader(file).ReadToEnd();
            var now = Stopwatch.GetTimestamp();
            var mine = long.TryParse(text, CultureInfo.InvariantCulture, out var next) && next > now ? next : now;
            file.SetLength(0);
            file.Write(
                System.Text.Encoding.ASCII.GetBytes(
                    (mine + (long)(delay.TotalSeconds * Stopwatch.Frequency)).ToString(CultureInfo.InvariantCulture)
                )
            );
            wait = Stopwatch.GetElapsedTime(now, mine);
        }
        await Task.Delay(wait, cancellation).ConfigureAwait(false);
    }

    // .NET locks what is shared with nobody, by flock(2).
    private static FileStream? TryLock(string name)
    {
        try
        {
            return new FileStream(
                Path.Combine(Scratch.Folder, name),
                FileMode.OpenOrCreate,
                FileAccess.ReadWrite,
                FileShare.None,
                bufferSize: 0
            );
        }
        catch (IOException) when (File.Exists(Path.Combine(Scratch.Folder, name)))
        {
            return null; // another has it
        }
    }
}
