using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;

namespace Mailroom.Door;

/// <summary>How both sides of a new connection find out who the other is.</summary>
internal sealed class Handshake(DoorSettings settings)
{
    // What a host says to a node that it has let in.
    private static readonly byte[] LetIn = [1];

    /// <summary>The stream that is spoken on: TLS over the socket, after both sides have shown and judged their certificates.</summary>
    /// <exception cref="AuthenticationException">the other side is not who it must be, or lets nobody in; the message says why</exception>
    public async Task<Stream> SecureAsync(Socket socket, CancellationToken cancellation)
    {
        socket.NoDelay = true;
        var plain = new NetworkStream(socket, ownsSocket: false);
        if (settings.Identity?.Invoke() is not { } identity)
            return plain;
        string? refusal = null;
        var wanted = settings.Role == Role.Host ? Role.Node : Role.Host;
        RemoteCertificateValidationCallback check = (_, certificate, chain, errors) =>
            (refusal = Peer.Refusal(certificate, chain, errors, wanted, settings.Revoked)) is null;
        var secure = new SslStream(plain);
        try
        {
            if (settings.Role == Role.Host)
                await secure.AuthenticateAsServerAsync(identity.ToServe(check), cancellation).ConfigureAwait(false);
            else
                await secure.AuthenticateAsClientAsync(identity.ToConnect(check), cancellation).ConfigureAwait(false);
        }
        catch (Exception error)
        {
            await secure.DisposeAsync().ConfigureAwait(false);
            if (refusal is not null)
                throw new AuthenticationException(refusal);
            if (error is AuthenticationException)
                throw new AuthenticationException("it does not speak TLS as we do: " + Breaks.Words(error));
            throw;
        }
        if (settings.Role == Role.Host)
            await secure.WriteAsync(LetIn, cancellation).ConfigureAwait(false);
        else
            await HearThatItIsInAsync(secure, cancellation).ConfigureAwait(false);
        return secure;
    }

    /// <summary>In TLS 1.3 a node's handshake is over before the host has judged its certificate, so it waits for its word.</summary>
    private static async Task HearThatItIsInAsync(SslStream secure, CancellationToken cancellation)
    {
        try
        {
            await secure.ReadExactlyAsync(new byte[LetIn.Length], cancellation).ConfigureAwait(false);
        }
        catch (Exception error) when (error is IOException or AuthenticationException)
        {
            await secure.DisposeAsync().ConfigureAwait(false);
            var why = error is EndOfStreamException ? "it ended the connection" : Breaks.Words(error);
            throw new AuthenticationException($"the host did not let this node in: {why}");
        }
    }
}
