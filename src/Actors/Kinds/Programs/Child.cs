using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text;

namespace Mailroom.Kinds.Programs;

/// <summary>How a program ended.</summary>
/// <param name="ExitCode">as shells count it: 128 + n after signal n</param>
/// <param name="Signal">the signal that ended it, or 0</param>
internal sealed record Ended(int ExitCode, int Signal, string Out, string Error, bool IsCut, double Seconds);

/// <summary>A running program: what it writes is read as it comes, so that it never waits for us, and kept up to a bound.</summary>
internal sealed class Child
{
    private const int BufferBytes = 16 * 1024;
    private const int MaxLastReads = 64; // a pipe holds 64 KiB; more can only come from what still runs
    private const int LookMilliseconds = 50;
    private const int LookMillisecondsWithoutPidFd = 2;

    // After the first, polite signal.
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(1);

    // What still runs when this process ends would outlive it: each program has a process group of its own.
    private static readonly ConcurrentDictionary<int, bool> Running = RunningUntilExit();

    private readonly long _started = Stopwatch.GetTimestamp();
    private readonly int _pid;
    private readonly Stream _out;
    private readonly Stream _error;
    private readonly int _end;
    private long? _killAt;

    public Child(IReadOnlyList<string> command, string directory, int kept)
    {
        var (pid, output, error) = Posix.Start(command, directory);
        Running[pid] = true;
        (_pid, _out, _error, _end) = (pid, new Stream(output, kept), new Stream(error, kept), Posix.OpenPid(pid));
    }

    /// <summary>Set when it is over.</summary>
    public Ended? Ended { get; private set; }

    /// <summary>How long to wait at most before <see cref="Look"/>.</summary>
    public int Milliseconds => _end < 0 ? LookMillisecondsWithoutPidFd : LookMilliseconds;

    /// <summary>Adds what to wait for: its outputs as long as they are open, and its end.</summary>
    public void AddDescriptors(List<(int Descriptor, Child? Child)> descriptors)
    {
        if (_out.IsOpen)
            descriptors.Add((_out.Descriptor, this));
        if (_error.IsOpen)
            descriptors.Add((_error.Descriptor, this));
        if (_end >= 0)
            descriptors.Add((_end, this));
    }

    /// <summary>Takes what a descriptor that is ready has for us.</summary>
    public void Take(int descriptor, bool stop)
    {
        if (descriptor == _end)
            Look(stop);
        else if (Ended is null)
            Read(descriptor);
    }

    private void Read(int descriptor)
    {
        var stream = descriptor == _out.Descriptor ? _out : _error;
        Span<byte> buffer = stackalloc byte[BufferBytes];
        stream.Take(buffer[..Posix.Read(descriptor, buffer)]);
    }

    /// <summary>Looks whether it is over, and moves on with ending it when that was asked for.</summary>
    /// <param name="stop">whether it shall end</param>
    public void Look(bool stop)
    {
        if (stop && _killAt is null)
        {
            _killAt = Stopwatch.GetTimestamp() + (long)(Grace.TotalSeconds * Stopwatch.Frequency);
            Posix.SignalGroup(_pid, Posix.SigTerm);
        }
        else if (_killAt is { } killAt && Stopwatch.GetTimestamp() >= killAt)
            Posix.SignalGroup(_pid, Posix.SigKill);
        if (Posix.TryReap(_pid) is not var (code, signal))
            return;
        Running.TryRemove(_pid, out _);
        if (_killAt is not null)
            Posix.SignalGroup(_pid, Posix.SigKill); // what it started and left behind
        // Something that it left running may hold its outputs open: what is there now is all that counts.
        Drain();
        Ended = new Ended(code, signal, _out.Text, _error.Text, _out.IsCut || _error.IsCut, Stopwatch.GetElapsedTime(_started).TotalSeconds);
        _out.Close();
        _error.Close();
        if (_end >= 0)
            Posix.Close(_end);
    }

    private static ConcurrentDictionary<int, bool> RunningUntilExit()
    {
        var running = new ConcurrentDictionary<int, bool>();
        AppDomain.CurrentDomain.ProcessExit += (_, _) =>
        {
            foreach (var pid in running.Keys)
                Posix.SignalGroup(pid, Posix.SigKill);
        };
        return running;
    }

    private void Drain()
    {
        Span<bool> ready = stackalloc bool[1];
        foreach (var stream in new[] { _out, _error })
        {
            for (var reads = 0; stream.IsOpen && reads < MaxLastReads; reads++)
            {
                Posix.Wait([stream.Descriptor], ready, 0);
                if (!ready[0])
                    break;
                Read(stream.Descriptor);
            }
        }
    }

    /// <summary>What comes out of one pipe.</summary>
    private sealed class Stream(int descriptor, int kept)
    {
        private readonly MemoryStream _kept = new();

        public int Descriptor => descriptor;

        public bool IsOpen { get; private set; } = true;

        public bool IsCut { get; private set; }

        public string Text => Encoding.UTF8.GetString(_kept.GetBuffer(), 0, (int)_kept.Length);

        public void Take(ReadOnlySpan<byte> bytes)
        {
            if (bytes.Length == 0)
                Close();
            var room = Math.Min(bytes.Length, kept - (int)_kept.Length);
            _kept.Write(bytes[..room]);
            IsCut |= room < bytes.Length;
        }

        public void Close()
        {
            if (IsOpen)
                Posix.Close(descriptor);
            IsOpen = false;
        }
    }
}
