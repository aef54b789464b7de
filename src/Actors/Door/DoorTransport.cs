using System.Diagnostics;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using Akka.Actor;
using Akka.Configuration;
using Akka.Event;
using Akka.Remote.Transport;
using Mailroom.Logs;

namespace Mailroom.Door;

/// <summary>
/// The transport of Akka.Remote between host and nodes: TCP with mutual TLS, always. Only a node connects, and only to its
/// host: a node has no port that could be knocked at, and a host can be made to connect to nobody.
/// </summary>
/// <remarks>
/// It stands in place of Akka's own DotNetty transport, which knows TLS 1.2 at most, logs each refusal with its stack,
/// fetches what a stranger's certificate names, and does not tell whose certificate an association came with.
/// </remarks>
public sealed class DoorTransport : Transport
{
    // Connections under one name: those beyond are ended, the oldest first.
    private const int MaxOfOne = 8;

    // How long Akka may take to have let go of a connection that was ended in favour of another.
    private static readonly TimeSpan Settling = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private readonly DoorSetup _door;
    private readonly Handshake _handshake;
    private readonly ILoggingAdapter _log;
    private readonly Refusals _refusals;
    private readonly TaskCompletionSource<IAssociationEventListener> _listener = new();
    private readonly Strangers _strangers = new();
    private readonly Dictionary<(string Peer, ulong Port), long> _displaced = [];
    private readonly CancellationTokenSource _shutdown = new();
    private Address _local = Doors.Host.WithProtocol(Doors.Scheme);
    private Socket? _server;

    public DoorTransport(ActorSystem system, Config config)
    {
        (System, Config) = (system, config);
        _door = DoorSetup.Of(system) ?? throw new InvalidOperationException($"the ActorSystem was made without a {nameof(DoorSetup)}");
        _handshake = new Handshake(Settings);
        _log = Logging.GetLogger(system, "/system/door");
        _refusals = new Refusals(
            (cause, count, detail) => _log.Warning(Event.DoorRefused, "{Cause}, {Count} times: {Detail}", cause, count, detail),
            system.Scheduler
        );
        SchemeIdentifier = Doors.Scheme;
        MaximumPayloadBytes = Settings.MaxFrame;
    }

    private DoorSettings Settings => _door.Settings;

    public override bool IsResponsibleFor(Address remote) => true;

    public override async Task<(Address, TaskCompletionSource<IAssociationEventListener>)> Listen()
    {
        await Task.CompletedTask.ConfigureAwait(false); // what it throws belongs to the task
        if (Settings.Role == Role.Node)
            // Each life of a process has another.
            _local = new Address(Doors.Scheme, Doors.NodeSystem, Doors.HostOf(Settings.Name), Random.Shared.Next(1, 65_536));
        else
            Open();
        return (_local, _listener);
    }

    public override async Task<AssociationHandle> Associate(Address remoteAddress)
    {
        if (Settings.Role == Role.Host || remoteAddress.WithProtocol(Doors.Host.Protocol) != Doors.Host)
            throw new InvalidAssociationException("only a node connects, and only to its host");
        Exception? first = null;
        string? closed = null;
        // Where it was found before comes first.
        foreach (var place in Settings.EndPoints.OrderBy(place => !place.Equals(_door.Reached)))
        {
            var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
            try
            {
                using var patience = CancellationTokenSource.CreateLinkedTokenSource(_shutdown.Token);
                patience.CancelAfter(Patience);
                await socket.ConnectAsync(place, patience.Token).ConfigureAwait(false);
                var stream = await _handshake.SecureAsync(socket, patience.Token).ConfigureAwait(false);
                _door.Reached = place;
                return Begin(socket, stream, remoteAddress, Settings.Identity is null ? null : Doors.Host.Host);
            }
            catch (Exception error)
            {
                socket.Dispose();
                first ??= error;
                if (error is AuthenticationException)
                    closed ??= error.Message;
            }
        }
        if (closed is not null)
            System.EventStream.Publish(new DoorClosed(closed));
        throw new InvalidAssociationException(Breaks.Words(first!));
    }

    public override async Task<bool> Shutdown()
    {
        await _shutdown.CancelAsync().ConfigureAwait(false);
        _server?.Dispose();
        var connections = _door.Connections.ToList();
        connections.ForEach(connection => connection.Close());
        await Task.WhenAll(connections.Select(connection => connection.Ended)).ConfigureAwait(false);
        return true;
    }

    private void Open()
    {
        var place = (IPEndPoint)Settings.EndPoints[0];
        var server = new Socket(place.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            if (place.Address.Equals(IPAddress.IPv6Any))
                server.DualMode = true;
            server.Bind(place);
            server.Listen(512);
        }
        catch
        {
            server.Dispose();
            throw;
        }
        _server = server;
        _door.Bound = (IPEndPoint)server.LocalEndPoint!;
        _ = Task.Run(AcceptAsync);
    }

    private async Task AcceptAsync()
    {
        var listener = await _listener.Task.ConfigureAwait(false);
        while (!_shutdown.IsCancellationRequested)
        {
            try
            {
                var socket = await _server!.AcceptAsync(_shutdown.Token).ConfigureAwait(false);
                _ = Task.Run(() => LetInAsync(socket, listener));
            }
            catch (SocketException error)
            {
                _refusals.Count("accept", error.Message); // the process has no file descriptors left, say
                await Task.Delay(TimeSpan.FromMilliseconds(100), CancellationToken.None).ConfigureAwait(false);
            }
            catch (Exception error) when (error is OperationCanceledException or ObjectDisposedException)
            {
                return;
            }
        }
    }

    private async Task LetInAsync(Socket socket, IAssociationEventListener listener)
    {
        var from = $"{socket.RemoteEndPoint}";
        var place = _strangers.Enter(socket);
        string? name = null;
        try
        {
            using var patience = CancellationTokenSource.CreateLinkedTokenSource(_shutdown.Token);
            patience.CancelAfter(Patience);
            var stream = await _handshake.SecureAsync(socket, patience.Token).ConfigureAwait(false);
            name = stream is SslStream { RemoteCertificate: { } certificate }
                ? Peer.Of((global::System.Security.Cryptography.X509Certificates.X509Certificate2)certificate)!.Name
                : null;
            var connection = Begin(socket, stream, new Address(Doors.Scheme, Doors.NodeSystem, Doors.HostOf(name ?? "unknown"), 1), name);
            _strangers.Leave(place);
            EndOldestOf(name);
            if (_door.IsRevoked(connection))
                connection.Dispose(); // while they shook hands
            listener.Notify(new InboundAssociation(connection));
        }
        catch (Exception error)
        {
            _strangers.Leave(place);
            socket.Dispose();
            if (!Breaks.Is(error))
                _log.Error(error, Event.DoorBroke, "{Reason}", error.Message);
            var cause =
                error is OperationCanceledException ? "slow"
                : error is AuthenticationException ? "certificate"
                : "connection";
            _refusals.Count(
                cause,
                $"{from}: {(cause == "slow" ? $"it did not show a certificate within {Patience.TotalSeconds} s" : Breaks.Words(error))}"
            );
        }
    }

    private Connection Begin(Socket socket, Stream stream, Address remote, string? name)
    {
        var own = Settings.Role;
        var local = _local.WithProtocol(Doors.Host.Protocol);
        var guard = new Guard(own, local, name);
        var connection = new Connection(_local, remote, socket, stream, guard, _door, _refusals, MayAssociate, OnEnd);
        _door.Enter(connection);
        connection.Start();
        return connection;
    }

    /// <summary>
    /// A node that connects again has lost its old connection, whether that has been seen to end or not. For Akka it must
    /// have ended before the new one begins, or the two would be taken for one: so the old one is ended, and the node let in
    /// when it comes again, which it does after half a second.
    /// </summary>
    /// <returns>whether it may associate now</returns>
    private bool MayAssociate(Connection connection)
    {
        if (Settings.Role == Role.Node)
            return true;
        var old = _door
            .Connections.Where(other => other != connection && other.Peer == connection.Peer && other.Port == connection.Port)
            .ToList();
        old.ForEach(other => other.Dispose());
        var key = (connection.Peer!, connection.Port);
        lock (_displaced)
        {
            foreach (
                var settled in _displaced.Where(pair => Stopwatch.GetElapsedTime(pair.Value) > Settling).Select(pair => pair.Key).ToList()
            )
                _displaced.Remove(settled);
            if (old.Count > 0)
                _displaced[key] = Stopwatch.GetTimestamp();
            return !_displaced.ContainsKey(key);
        }
    }

    private void OnEnd(Connection connection)
    {
        _door.Leave(connection);
        if (connection.Bug is { } error)
            _log.Error(error, Event.DoorBroke, "{Reason}", error.Message);
    }

    private void EndOldestOf(string? name)
    {
        if (name is null)
            return;
        var all = _door.Connections.Where(connection => connection.Peer == name).OrderBy(connection => connection.Number).ToList();
        foreach (var connection in all.SkipLast(MaxOfOne))
        {
            _refusals.Count("too many", $"{name} has more than {MaxOfOne} connections; the oldest is ended");
            connection.Dispose();
        }
    }
}
