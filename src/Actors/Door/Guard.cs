using System.Text;
using Akka.Actor;

namespace Mailroom.Door;

/// <summary>What is to be done with a frame of a peer.</summary>
internal enum Pass
{
    /// <summary>Akka may have it.</summary>
    Yes,

    /// <summary>It is dropped and counted; the connection stays.</summary>
    No,

    /// <summary>It is dropped, and nobody minds.</summary>
    Quietly,

    /// <summary>No peer of ours writes such: the connection ends.</summary>
    Never,
}

/// <summary>
/// Stands before Akka and lets through only: one association under the address of the peer's own certificate, heartbeats,
/// goodbyes, and messages of our own serializer, without a sequence number, from the peer's one actor (or the host's gate
/// and its children) to the one place that this peer may speak to. So no system message, no selection, no deployment
/// comes from outside at all, and nobody speaks for another.
/// </summary>
/// <remarks>
/// The forms are those of Akka.Remote 1.5 (WireFormats.proto): AkkaProtocolMessage { payload = 1, instruction = 2 },
/// AkkaControlMessage { commandType = 1, handshakeInfo = 2 { origin = 1, uid = 2 } }, AckAndEnvelopeContainer { ack = 1 { cumulative = 1,
/// nacks = 2 },
/// envelope = 2 { recipient = 1 { path = 1 }, message = 2 { message = 1, serializerId = 2, manifest = 3 }, sender = 4
/// { path = 1 }, seq = 5 } }, AddressData { system = 1, hostname = 2, port = 3, protocol = 4 }.
/// </remarks>
/// <param name="own">the role of this process</param>
/// <param name="local">its own address</param>
/// <param name="peer">the name in the other's certificate; null where there is none because TLS is off, and then the first association says
/// it</param>
internal sealed class Guard(Role own, Address local, string? peer)
{
    /// <summary>The only serializer whose messages come through; see Wire/WireSerializer.</summary>
    public const int SerializerId = 7_001;

    // What Akka writes for a message that needs no acknowledgement.
    private const ulong Unnumbered = ulong.MaxValue;

    private const int MaxManifest = 32;

    private const long BeatEvery = 100; // ms

    private long _beat = Environment.TickCount64 - BeatEvery;
    private byte[][] _recipients = [];
    private byte[][] _senders = [];

    /// <summary>The name of the peer, once it is known.</summary>
    public string? Peer { get; private set; } = peer;

    public bool IsAssociated { get; private set; }

    /// <summary>Under which port it has associated: each life of a peer's system has another.</summary>
    public ulong Port { get; private set; }

    /// <summary>Whether a frame that came through is for an actor.</summary>
    public static bool IsMessage(ReadOnlySpan<byte> frame)
    {
        var fields = new Fields(frame);
        return fields.Next()
            && fields.Number == 1
            && new Fields(fields.Bytes) is var container
            && container.Next()
            && (container.Number == 2 || container.Next());
    }

    public Pass Judge(ReadOnlySpan<byte> frame)
    {
        var fields = new Fields(frame);
        if (!fields.Next() || !fields.HasBytes)
            return Pass.Never;
        var number = fields.Number;
        var body = fields.Bytes;
        if (fields.Next() || !fields.IsSound)
            return Pass.Never;
        return number switch
        {
            1 when IsAssociated => JudgeMessage(body),
            2 => JudgeControl(body),
            _ => Pass.Never,
        };
    }

    private Pass JudgeControl(ReadOnlySpan<byte> control)
    {
        const int associate = 1,
            disassociate = 2,
            heartbeat = 3,
            shutDown = 4,
            quarantined = 5;
        var fields = new Fields(control);
        if (!fields.Next() || fields is not { Number: 1, IsVarint: true })
            return Pass.Never;
        switch (fields.Value)
        {
            case associate when !IsAssociated && fields.Next() && fields is { Number: 2, HasBytes: true }:
                var handshake = fields.Bytes;
                return !fields.Next() && fields.IsSound && JudgeHandshake(handshake) ? Pass.Yes : Pass.Never;
            case heartbeat:
                return fields.Next() || !fields.IsSound ? Pass.Never
                    : IsDue() ? Pass.Yes
                    : Pass.Quietly;
            case disassociate or shutDown:
            case quarantined when own == Role.Node:
                return !fields.Next() && fields.IsSound ? Pass.Yes : Pass.Never;
            default:
                return Pass.Never;
        }
    }

    private bool JudgeHandshake(ReadOnlySpan<byte> handshake)
    {
        var fields = new Fields(handshake);
        if (!fields.Next() || fields is not { Number: 1, HasBytes: true } || !IsOwnAddress(fields.Bytes))
            return false;
        IsAssociated = fields.Next() && fields is { Number: 2, IsFixed: true } && !fields.Next() && fields.IsSound;
        return IsAssociated;
    }

    /// <summary>Whether this is the address that the certificate entitles to. From it follow the places that may be spoken of.</summary>
    private bool IsOwnAddress(ReadOnlySpan<byte> address)
    {
        string system = "",
            host = "",
            protocol = "";
        ulong port = 0;
        var fields = new Fields(address);
        while (fields.Next())
        {
            switch (fields.Number)
            {
                case 1 when fields.HasBytes:
                    system = Encoding.UTF8.GetString(fields.Bytes);
                    break;
                case 2 when fields.HasBytes:
                    host = Encoding.UTF8.GetString(fields.Bytes);
                    break;
                case 3 when fields.IsVarint:
                    port = fields.Value;
                    break;
                case 4 when fields.HasBytes:
                    protocol = Encoding.UTF8.GetString(fields.Bytes);
                    break;
                default:
                    return false;
            }
        }
        if (!fields.IsSound || protocol != Doors.Scheme)
            return false;
        return own == Role.Host ? IsNode(system, host, port) : IsHost(system, host, port);
    }

    private bool IsNode(string system, string host, ulong port)
    {
        Peer ??= Doors.NameOf(host);
        if (system != Doors.NodeSystem || Peer is null || host != Doors.HostOf(Peer) || port is 0 or > 65_535)
            return false;
        Port = port;
        _senders = [Bytes($"{Doors.Host.Protocol}://{system}@{host}:{port}{Doors.Node}")];
        _recipients = [Bytes(local + Doors.Gate), Bytes($"{local}{Doors.Gate}/{Peer}")];
        return true;
    }

    private bool IsHost(string system, string host, ulong port)
    {
        if (system != Doors.Host.System || host != Doors.Host.Host || port != (ulong)Doors.Host.Port!)
            return false;
        _senders = [Bytes(Doors.Host + Doors.Gate)];
        _recipients = [Bytes(local + Doors.Node)];
        return true;
    }

    private Pass JudgeMessage(ReadOnlySpan<byte> container)
    {
        var fields = new Fields(container);
        if (!fields.Next() || !fields.HasBytes)
            return Pass.Never;
        // After a connection has come back Akka acknowledges once more that it has had nothing numbered.
        if (fields.Number == 1)
        {
            if (!IsOfNothing(fields.Bytes))
                return Pass.No;
            if (!fields.Next())
                return fields.IsSound ? Pass.Yes : Pass.Never;
        }
        if (fields is not { Number: 2, HasBytes: true })
            return Pass.Never;
        var envelope = fields.Bytes;
        if (fields.Next() || !fields.IsSound)
            return Pass.Never;
        return JudgeEnvelope(envelope);
    }

    private Pass JudgeEnvelope(ReadOnlySpan<byte> envelope)
    {
        ReadOnlySpan<byte> recipient = default,
            message = default,
            sender = default;
        ulong sequence = 0;
        var fields = new Fields(envelope);
        while (fields.Next())
        {
            switch (fields.Number)
            {
                case 1 when fields.HasBytes:
                    recipient = PathIn(fields.Bytes);
                    break;
                case 2 when fields.HasBytes:
                    message = fields.Bytes;
                    break;
                case 4 when fields.HasBytes:
                    sender = PathIn(fields.Bytes);
                    break;
                case 5 when fields.IsFixed:
                    sequence = fields.Value;
                    break;
                default:
                    return Pass.Never;
            }
        }
        if (!fields.IsSound)
            return Pass.Never;
        return sequence == Unnumbered && IsOurs(message) && IsPathOf(recipient, _recipients, isPrefix: false) && IsSender(sender)
            ? Pass.Yes
            : Pass.No;
    }

    private static bool IsOfNothing(ReadOnlySpan<byte> acknowledgement)
    {
        var fields = new Fields(acknowledgement);
        return fields.Next() && fields is { Number: 1, IsFixed: true, Value: ulong.MaxValue } && !fields.Next() && fields.IsSound;
    }

    // Akka beats every second or less often; more of them say nothing more.
    private bool IsDue()
    {
        var now = Environment.TickCount64;
        if (now - _beat < BeatEvery)
            return false;
        _beat = now;
        return true;
    }

    private static bool IsOurs(ReadOnlySpan<byte> message)
    {
        ulong serializer = 0;
        var manifest = 0;
        var fields = new Fields(message);
        while (fields.Next())
            if (fields is { Number: 2, IsVarint: true })
                serializer = fields.Value;
            else if (fields is { Number: 3, HasBytes: true })
                manifest = fields.Bytes.Length;
            else if (fields is not { Number: 1, HasBytes: true })
                return false;
        return fields.IsSound && serializer == SerializerId && manifest is > 0 and <= MaxManifest;
    }

    private bool IsSender(ReadOnlySpan<byte> path) => IsPathOf(path, _senders, isPrefix: own == Role.Node);

    /// <summary>
    /// Whether a path is one of these, perhaps with the number behind it that tells an actor from an earlier one of the same name; as a
    /// prefix, or of a child.
    /// </summary>
    private static bool IsPathOf(ReadOnlySpan<byte> path, byte[][] known, bool isPrefix)
    {
        foreach (var one in known)
        {
            if (!path.StartsWith(one))
                continue;
            var rest = path[one.Length..];
            if (rest.IsEmpty || (rest[0] == '#' && IsNumber(rest[1..])) || (isPrefix && rest[0] == '/'))
                return true;
        }
        return false;
    }

    private static bool IsNumber(ReadOnlySpan<byte> text) =>
        text.Length is > 0 and <= 20 && !text.ContainsAnyExceptInRange((byte)'0', (byte)'9');

    private static ReadOnlySpan<byte> PathIn(ReadOnlySpan<byte> reference)
    {
        var fields = new Fields(reference);
        if (!fields.Next() || fields is not { Number: 1, HasBytes: true })
            return default;
        var path = fields.Bytes;
        return !fields.Next() && fields.IsSound ? path : default;
    }

    private static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);
}
