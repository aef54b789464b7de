using System.Buffers.Binary;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using Akka.Actor;
using Akka.Remote.Transport;
using Google.Protobuf;

namespace Mailroom.Door;

/// <summary>
/// One connection to a peer who has shown who it is: frames of four bytes of length, high byte first, and so many bytes.
/// What comes is held against the <see cref="Guard"/> before Akka sees it; what goes is gathered into few writes. Both have
/// a thread of their own: pieces may hold every thread of .NET's pool, and the lease must be renewed all the same.
/// </summary>
internal sealed class Connection : AssociationHandle, IDisposable
{
    private const int Header = 4;
    private const int BufferSize = 64 * 1024;

    private static readonly TimeSpan Stall = TimeSpan.FromSeconds(20);

    // How long what was written before the end may take to leave.
    private static readonly TimeSpan Farewell = TimeSpan.FromSeconds(2);

    private static long _last;

    private readonly Socket _socket;
    private readonly Stream _stream;
    private readonly Guard _guard;
    private readonly DoorSetup _door;
    private readonly bool _isHost;
    private readonly Refusals _refusals;
    private readonly Func<Connection, bool> _mayAssociate;
    private readonly Action<Connection> _onEnd;
    private readonly Outgoing _out = new();
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile IHandleEventListener? _listener;
    private int _isOver;
    private int _isTold;

    /// <param name="mayAssociate">asked once, before Akka hears of the association</param>
    public Connection(
        Address local,
        Address remote,
        Socket socket,
        Stream stream,
        Guard guard,
        DoorSetup door,
        Refusals refusals,
        Func<Connection, bool> mayAssociate,
        Action<Connection> onEnd
    )
        : base(local, remote)
    {
        (_socket, _stream, _guard, _door, _refusals, _mayAssociate, _onEnd) = (socket, stream, guard, door, refusals, mayAssociate, onEnd);
        _isHost = door.Settings.Role == Role.Host;
        // Now, for a stream that has ended tells it no more.
        Serial = ((stream as SslStream)?.RemoteCertificate as X509Certificate2)?.SerialNumber;
        From = socket.RemoteEndPoint?.ToString() ?? "nowhere";
        Address = (socket.RemoteEndPoint as IPEndPoint)?.Address is { } address
            ? $"{(address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address)}"
            : null;
    }

    /// <summary>Rises with each connection of the process.</summary>
    public long Number { get; } = Interlocked.Increment(ref _last);

    /// <summary>The peer's socket, for messages.</summary>
    public string From { get; }

    /// <summary>The same without its port.</summary>
    public string? Address { get; }

    /// <summary>The serial number of the certificate that the peer has shown; null where there are none.</summary>
    public string? Serial { get; }

    /// <summary>The peer's name.</summary>
    public string? Peer => _guard.Peer;

    /// <summary>Bytes that wait to be written, because the other side does not read so fast.</summary>
    public long Unread => _out.Bytes;

    /// <summary>See <see cref="Guard.Port"/>.</summary>
    public ulong Port => _guard.Port;

    /// <summary>What broke it that should not be.</summary>
    public Exception? Bug { get; private set; }

    public bool IsAssociated => _guard.IsAssociated;

    /// <summary>Ends when the connection has.</summary>
    public Task Ended => _ended.Task;

    public void Start()
    {
        new Thread(WriteAll) { IsBackground = true, Name = "door out" }.Start();
        _ = ListenAsync();
    }

    public override bool Write(ByteString payload) => _out.TryAdd(payload);

    [Obsolete("Akka calls it through the one that gives a reason")]
    public override void Disassociate() => Close();

    /// <summary>Ends when all that was written before has left, or could not.</summary>
    public void Close()
    {
        if (_out.Complete())
            _ = Task.Delay(Farewell).ContinueWith(_ => End(), TaskScheduler.Default);
    }

    public void Dispose() => End();

    private void WriteAll()
    {
        var buffer = new byte[BufferSize];
        try
        {
            // A peer that takes nothing for so long is given up, because what waits for it has no bound.
            _socket.SendTimeout = (int)Stall.TotalMilliseconds;
            while (_out.Take() is { } first)
            {
                var frame = first;
                var used = 0;
                do
                {
                    if (used + Header + frame.Length > buffer.Length)
                    {
                        _stream.Write(buffer, 0, used);
                        used = 0;
                    }
                    BinaryPrimitives.WriteInt32BigEndian(buffer.AsSpan(used), frame.Length);
                    used += Header;
                    if (frame.Length <= buffer.Length - used)
                    {
                        frame.Span.CopyTo(buffer.AsSpan(used));
                        used += frame.Length;
                        continue;
                    }
                    _stream.Write(buffer, 0, used);
                    used = 0;
                    _stream.Write(frame.Span);
                } while ((frame = _out.TakeNow()) is not null);
                _stream.Write(buffer, 0, used);
            }
            _socket.Shutdown(SocketShutdown.Send); // the end is read by the peer behind all that was written; then it ends too
        }
        catch (Exception error)
        {
            Fail(error);
        }
    }

    // No thread waits for Akka to listen: it may never, when the connection ends before.
    private async Task ListenAsync()
    {
        var listener = _listener = await ReadHandlerSource.Task.ConfigureAwait(false);
        if (Volatile.Read(ref _isOver) != 0)
            TellEnd();
        else
            new Thread(() => ReadAll(listener)) { IsBackground = true, Name = "door in" }.Start();
    }

    private void ReadAll(IHandleEventListener listener)
    {
        try
        {
            Read(listener);
        }
        catch (Exception error)
        {
            Fail(error);
        }
    }

    private void Read(IHandleEventListener listener)
    {
        var buffer = new byte[BufferSize];
        int from = 0,
            to = 0;
        while (true)
        {
            if (to - from < Header)
            {
                buffer.AsSpan(from, to - from).CopyTo(buffer);
                (from, to) = (0, to - from);
                var read = _stream.Read(buffer.AsSpan(to));
                if (read == 0)
                {
                    End();
                    return;
                }
                to += read;
                continue;
            }
            var length = BinaryPrimitives.ReadInt32BigEndian(buffer.AsSpan(from));
            var most = Peer is { } peer && _door.Admits(peer) ? _door.Settings.MaxFrame : DoorSettings.MaxStranger;
            if (length <= 0 || length > most)
            {
                Refuse("frame", $"a frame of {(uint)length} bytes from {Who}, where at most {most} are taken");
                return;
            }
            from += Header;
            var frame = new byte[length];
            var here = Math.Min(length, to - from);
            buffer.AsSpan(from, here).CopyTo(frame);
            from += here;
            if (here < length)
                _stream.ReadExactly(frame.AsSpan(here));
            if (!Take(frame, listener))
                return;
        }
    }

    /// <returns>false when the connection has ended by it</returns>
    private bool Take(byte[] frame, IHandleEventListener listener)
    {
        var wasAssociated = IsAssociated;
        switch (_guard.Judge(frame))
        {
            case Pass.Yes when IsAssociated && !wasAssociated && !_mayAssociate(this):
                End();
                return false;
            case Pass.Yes:
                listener.Notify(new InboundPayload(UnsafeByteOperations.UnsafeWrap(frame)));
                if (_isHost && wasAssociated && Guard.IsMessage(frame))
                    _door.CreditOf(Peer!).Take(frame.Length);
                return true;
            case Pass.Quietly:
                return true;
            case Pass.No:
                _refusals.Count("message", $"a message of {frame.Length} bytes from {Who}, which is none that it may send");
                return true;
            default:
                Refuse("frame", $"a frame of {frame.Length} bytes from {Who}, which no program of ours writes");
                return false;
        }
    }

    private string Who => Peer is { } name ? $"{name} at {From}" : From;

    private void Refuse(string cause, string detail)
    {
        _refusals.Count(cause, detail);
        End();
    }

    private void Fail(Exception error)
    {
        if (!Breaks.Is(error))
            Bug = error;
        End();
    }

    private void End()
    {
        if (Interlocked.Exchange(ref _isOver, 1) != 0)
        {
            TellEnd();
            return;
        }
        _out.Complete();
        _socket.Dispose();
        _stream.Dispose();
        _onEnd(this);
        TellEnd();
        _ended.TrySetResult();
    }

    /// <summary>
    /// To Akka, once, as soon as there is somebody to be told. To a host's as if the peer had shut down: then it forgets the
    /// association, instead of trying to call the node itself, and takes it anew when the node connects again.
    /// </summary>
    private void TellEnd()
    {
        if (_listener is { } listener && Interlocked.Exchange(ref _isTold, 1) == 0)
            listener.Notify(new Disassociated(_isHost ? DisassociateInfo.Shutdown : DisassociateInfo.Unknown));
    }
}
