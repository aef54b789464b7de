using System.Collections.Immutable;
using System.Net;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;
using Mailroom.Door;
using Mailroom.Files;
using Mailroom.Input;
using Mailroom.Nodes;

namespace Mailroom.RemoteNode;

/// <summary>What a node keeps of its joining, in a file of its owner's: where its host is, its key and its certificate.</summary>
internal sealed partial class NodeMembership : IMembership
{
    private readonly StateFolder _state;
    private readonly string[] _hosts;
    private ECDsa? _asked;

    private NodeMembership(StateFolder state, string[] hosts, Identity identity) => (_state, _hosts, Identity) = (state, hosts, identity);

    /// <summary>Who the node is to its host; another one when its certificate was renewed.</summary>
    public Identity Identity { get; private set; }

    /// <summary>Where its host may be.</summary>
    public IReadOnlyList<EndPoint> Hosts => [.. _hosts.Select(host => Doors.EndPointOf(host)!)];

    public DateTimeOffset RenewAt => Identity.RenewAt;

    /// <summary>That of a state folder, or null where nobody has joined with it.</summary>
    /// <exception cref="UserError">it can't be read, or is over</exception>
    public static NodeMembership? Open(StateFolder state, DateTimeOffset now)
    {
        if (!File.Exists(state.Membership))
            return null;
        if (!FileStatus.IsOwn(state.Membership, FileStatus.Regular))
            throw Unusable(state, "it is open to others, or was put there by another user", null);
        try
        {
            var stored = JsonSerializer.Deserialize(File.ReadAllText(state.Membership), Form.Default.Stored);
            if (stored is null || stored.Hosts.Length == 0 || stored.Hosts.Any(host => Doors.EndPointOf(host) is null))
                throw new JsonException("it names no host");
            var identity = Identity.OfPem(stored.Identity);
            return identity.Until > now
                ? new NodeMembership(state, stored.Hosts, identity)
                : throw new UserError(
                    $"the certificate of {identity.Name} ended at {identity.Until.UtcDateTime:yyyy-MM-dd HH:mm} UTC, because it was not "
                        + "there to be renewed; invite it anew with 'mailroom nodes invite' on the host's machine",
                    ExitCode.Refused
                );
        }
        catch (Exception error)
            when (error is JsonException or CryptographicException or ArgumentException or IOException or UnauthorizedAccessException)
        {
            throw Unusable(state, error.Message, error);
        }
    }

    /// <summary>Keeps what came of joining.</summary>
    /// <exception cref="UserError">it can't be written</exception>
    public static void Make(StateFolder state, IReadOnlyList<string> hosts, Identity identity)
    {
        try
        {
            Write(state, hosts, identity);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new UserError(
                $"{state.Membership} can't be written: {error.Message}; mend that, and join with another invitation",
                ExitCode.Refused,
                error
            );
        }
    }

    public ImmutableArray<byte> Request()
    {
        // With the same key until an answer is kept: the host gives it the same certificate then.
        _asked ??= ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return [.. Identity.Ask(_asked)];
    }

    public bool TryKeep(string certificate, string authority)
    {
        if (_asked is null)
            return false; // an answer that came twice
        try
        {
            var next = Identity.Of(certificate, authority, _asked);
            Write(_state, _hosts, next);
            Identity = next;
            _asked.Dispose();
            _asked = null;
            return true;
        }
        catch (Exception error) when (error is CryptographicException or ArgumentException or IOException or UnauthorizedAccessException)
        {
            throw new UserError($"the next certificate can't be kept: {error.Message}", ExitCode.Refused, error);
        }
    }

    private static void Write(StateFolder state, IReadOnlyList<string> hosts, Identity identity) =>
        StateFolder.WritePrivate(
            state.Membership,
            JsonSerializer.Serialize(new Stored(identity.Name, [.. hosts], identity.ToPem()), Form.Default.Stored),
            lasts: true
        );

    private static UserError Unusable(StateFolder state, string why, Exception? error) =>
        new(
            $"{state.Membership} can't be used: {Visible.Text(why)}; join anew with 'mailroom-node join INVITATION'",
            ExitCode.Refused,
            error
        );

    /// <param name="Identity">see <see cref="Door.Identity.ToPem"/></param>
    private sealed record Stored(string Name, string[] Hosts, string Identity);

    [JsonSourceGenerationOptions(
        PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
        WriteIndented = true,
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true
    )]
    [JsonSerializable(typeof(Stored))]
    private sealed partial class Form : JsonSerializerContext;
}
