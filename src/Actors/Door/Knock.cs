using System.Net;
using System.Net.Sockets;

namespace Mailroom.Door;

/// <summary>Tries whether a node would be let in somewhere, and goes away.</summary>
public static class Knock
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    /// <returns>why not, in the middle of a sentence; null where it would</returns>
    public static async Task<string?> TryAsync(EndPoint place, Identity identity, CancellationToken cancellation)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        patience.CancelAfter(Patience);
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        try
        {
            await socket.ConnectAsync(place, patience.Token).ConfigureAwait(false);
            var settings = new DoorSettings(Role.Node, identity.Name, () => identity, [place], DoorSettings.MaxStranger);
            await using var stream = await new Handshake(settings).SecureAsync(socket, patience.Token).ConfigureAwait(false);
            return null;
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return $"no answer within {Patience.TotalSeconds} s";
        }
        catch (Exception error) when (Breaks.Is(error))
        {
            return Breaks.Words(error);
        }
    }
}
