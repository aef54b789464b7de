using System.Buffers.Binary;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Threading.Channels;

namespace Mailroom.Attacker;

/// <summary>A connection to a host's port by a program that is none of Mailroom's: TLS if it has a certificate, frames by hand.</summary>
internal sealed class Intruder : IAsyncDisposable
{
    private readonly Stream _stream;
    private readonly SemaphoreSlim _writing = new(1);
    private readonly Channel<byte[]> _frames = Channel.CreateUnbounded<byte[]>();

    private Intruder(Stream stream)
    {
        _stream = stream;
        _ = ReadAsync();
    }

    /// <summary>Connects and shows a certificate, whatever the host shows.</summary>
    /// <exception cref="AuthenticationException">the host did not let it in</exception>
    public static async Task<Intruder> EnterAsync(string address, X509Certificate2? certificate)
    {
        var client = new TcpClient();
        await client.ConnectAsync(IPEndPoint.Parse(address));
        var tls = new SslStream(client.GetStream(), false, (_, _, _, _) => true);
        await tls.AuthenticateAsClientAsync(
            new SslClientAuthenticationOptions
            {
                TargetHost = "host.mailroom.internal",
                ClientCertificates = certificate is null ? null : [certificate],
                ClientCertificateContext = certificate is null
                    ? null
                    : SslStreamCertificateContext.Create(certificate, null, offline: true),
            }
        );
        return new Intruder(tls);
    }

    /// <summary>Enters with a node's certificate and associates under its name.</summary>
    public static async Task<Intruder> AsNodeAsync(string address, Forger forger, string name)
    {
        var intruder = await EnterAsync(address, forger.Node(name));
        await intruder.SendAsync(Pdu.Associate(name));
        return intruder;
    }

    public Task SendAsync(byte[] frame)
    {
        var whole = new byte[4 + frame.Length];
        BinaryPrimitives.WriteInt32BigEndian(whole, frame.Length);
        frame.CopyTo(whole.AsSpan(4));
        return SendRawAsync(whole);
    }

    public async Task SendRawAsync(byte[] bytes)
    {
        await _writing.WaitAsync();
        try
        {
            await _stream.WriteAsync(bytes);
        }
        finally
        {
            _writing.Release();
        }
    }

    /// <summary>Keeps its lease.</summary>
    public async Task RenewAsync(string keeper, string self, long session, CancellationToken until)
    {
        while (!until.IsCancellationRequested)
        {
            await TryAsync(Pdu.Tell(keeper, self, Pdu.Parcel(session, 0, []), "renew"));
            await Task.Delay(1_000, until).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>Sends what the host may end the connection for at any moment.</summary>
    public async Task TryAsync(byte[] frame)
    {
        try
        {
            await SendAsync(frame);
        }
        catch (Exception error) when (error is IOException or ObjectDisposedException)
        {
            // it has ended it already
        }
    }

    /// <summary>The next message of the host for an actor: heartbeats, its answers to them and its own handshake are passed over.</summary>
    /// <returns>null when the host has ended the connection</returns>
    public async Task<byte[]?> MessageAsync()
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        await foreach (var frame in _frames.Reader.ReadAllAsync(patience.Token))
            if (Pdu.IsMessage(frame) && Pdu.Read(frame).Manifest != "renewed")
                return frame;
        return null;
    }

    /// <summary>Waits until the host has ended the connection.</summary>
    /// <returns>how many messages it had sent for actors</returns>
    public async Task<int> EndAsync()
    {
        var messages = 0;
        while (await MessageAsync() is not null)
            messages++;
        return messages;
    }

    /// <summary>Messages that have come so far.</summary>
    public int Seen()
    {
        var messages = 0;
        while (_frames.Reader.TryRead(out var frame))
            messages += Pdu.IsMessage(frame) ? 1 : 0;
        return messages;
    }

    public async ValueTask DisposeAsync() => await _stream.DisposeAsync();

    private async Task ReadAsync()
    {
        var header = new byte[4];
        try
        {
            if (_stream is SslStream)
                await _stream.ReadExactlyAsync(new byte[1]); // it is let in
            while (true)
            {
                await _stream.ReadExactlyAsync(header);
                var frame = new byte[BinaryPrimitives.ReadInt32BigEndian(header)];
                await _stream.ReadExactlyAsync(frame);
                _frames.Writer.TryWrite(frame);
            }
        }
        catch (Exception error) when (error is IOException or ObjectDisposedException)
        {
            // the host has ended it
        }
        finally
        {
            _frames.Writer.TryComplete();
        }
    }
}
