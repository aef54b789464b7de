using System.ComponentModel;
using System.Runtime.InteropServices;

namespace Mailroom.Host.Terminals;

/// <summary>Whoever read the output has gone.</summary>
internal sealed class NobodyReadsException() : IOException("nobody reads the output any more");

/// <summary>
/// This process's stdout or stderr. .NET's own pretends to have written where nobody reads any more; this one says so, and
/// the command ends.
/// </summary>
internal sealed partial class StandardStream : Stream
{
    private const int OutputDescriptor = 1;
    private const int ErrorDescriptor = 2;
    private const int Interrupted = 4;
    private const int TryAgain = 11;
    private const int BrokenPipe = 32;
    private const short PollOut = 0x04;

    private readonly int _descriptor;

    // What is said on stderr is for people; where nobody reads it, the command goes on.
    private bool IsForPeople => _descriptor == ErrorDescriptor;

    private StandardStream(int descriptor) => _descriptor = descriptor;

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public static Stream Output() =>
        OperatingSystem.IsWindows() ? System.Console.OpenStandardOutput() : new StandardStream(OutputDescriptor);

    public static Stream Error() => OperatingSystem.IsWindows() ? System.Console.OpenStandardError() : new StandardStream(ErrorDescriptor);

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    /// <exception cref="NobodyReadsException">its reader has gone</exception>
    /// <exception cref="IOException">the disk takes no more</exception>
    public override void Write(ReadOnlySpan<byte> buffer)
    {
        while (buffer.Length > 0)
        {
            var written = Write(_descriptor, in buffer[0], buffer.Length);
            if (written >= 0)
                buffer = buffer[(int)written..];
            else if (IsForPeople && Marshal.GetLastPInvokeError() is not (Interrupted or TryAgain))
                return;
            else
                Wait(Marshal.GetLastPInvokeError());
        }
    }

    public override void Flush() { }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    // A terminal or a pipe may have been set not to wait by whoever shares it.
    private void Wait(int error)
    {
        if (error == BrokenPipe)
            throw new NobodyReadsException();
        if (error == TryAgain)
        {
            var polled = new Polled { Descriptor = _descriptor, Events = PollOut };
            _ = Poll(ref polled, 1, -1);
        }
        else if (error != Interrupted)
            throw new IOException(new Win32Exception(error).Message);
    }

    [LibraryImport("libc", EntryPoint = "write", SetLastError = true)]
    private static partial nint Write(int descriptor, in byte bytes, nint count);

    [LibraryImport("libc", EntryPoint = "poll")]
    private static partial int Poll(ref Polled polled, nuint count, int milliseconds);

    private struct Polled
    {
        public int Descriptor;
        public short Events;
        public short Seen;
    }
}
