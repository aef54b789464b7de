using System.Diagnostics;

namespace Mailroom.BuiltIn.Programs;

/// <summary>
/// A running program on Linux: what it writes is read as it comes, so that it never waits for us, and kept up to a bound.
/// </summary>
internal sealed class Child
{
    private const int BufferBytes = 16 * 1024;
    private const int MaxLastReads = 64; // a pipe holds 64 KiB; more can only come from what still runs
    private const int LookMilliseconds = 50;
    private const int LookMillisecondsWithoutPidFd = 2;

    // After the first, polite signal.
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(1);

    private readonly long _started = Stopwatch.GetTimestamp();
    private readonly int _pid;
    private readonly Stream _out;
    private readonly Stream _error;
    private readonly int _end;
    private long? _killAt;

    // Each program has a process group of its own, which would outlive this process, but for its guardian.
    public Child(IReadOnlyList<string> command, string directory, Kept kept)
    {
        Guardian.Prepare();
        var (pid, output, error) = Posix.Start(command, directory);
        Guardian.Began(pid);
        (_pid, _out, _error, _end) = (
            pid,
            new Stream(output, new Capture("stdout", kept)),
            new Stream(error, new Capture("stderr", kept)),
            Posix.OpenPid(pid)
        );
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
        if ((stop || Problem is not null) && _killAt is null)
        {
            _killAt = Stopwatch.GetTimestamp() + (long)(Grace.TotalSeconds * Stopwatch.Frequency);
            Posix.SignalGroup(_pid, Posix.SigTerm);
        }
        else if (_killAt is { } killAt && Stopwatch.GetTimestamp() >= killAt)
            Posix.SignalGroup(_pid, Posix.SigKill);
        if (Posix.TryReap(_pid) is not var (code, signal, cpu))
            return;
        Guardian.Ended(_pid);
        if (_killAt is not null)
            Posix.SignalGroup(_pid, Posix.SigKill); // what it started and left behind
        // Something that it left running may hold its outputs open: what is there now is all that counts.
        Drain();
        Ended = Ended.Of(code, signal, _out.Capture, _error.Capture, Stopwatch.GetElapsedTime(_started), cpu);
        _out.Close();
        _error.Close();
        if (_end >= 0)
            Posix.Close(_end);
    }

    /// <summary>Whether it is to end because of what it writes; what goes on writing would never be looked at otherwise.</summary>
    public bool MustEnd => Problem is not null && Ended is null;

    private string? Problem => _out.Capture.Problem ?? _error.Capture.Problem;

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

    /// <summary>A pipe, and what has come out of it.</summary>
    private sealed class Stream(int descriptor, Capture capture)
    {
        public int Descriptor => descriptor;

        public bool IsOpen { get; private set; } = true;

        public Capture Capture => capture;

        public void Take(ReadOnlySpan<byte> bytes)
        {
            if (bytes.Length == 0)
                Close();
            else
                capture.Take(bytes);
        }

        public void Close()
        {
            if (IsOpen)
                Posix.Close(descriptor);
            IsOpen = false;
        }
    }
}
