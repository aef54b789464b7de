using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Mailroom.EndToEnd;

/// <summary>A way to a host that can be cut: what lies between two machines.</summary>
internal sealed class Relay : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly IPEndPoint _to;
    private readonly ConcurrentDictionary<TcpClient, bool> _open = new();

    public Relay(string to)
    {
        _to = IPEndPoint.Parse(to);
        _listener.Start();
        _ = AcceptAsync();
    }

    public string Address => _listener.LocalEndpoint.ToString()!;

    /// <summary>Cuts every connection on the host's side, or on both.</summary>
    /// <param name="half">the node's side only: the host does not see that its connections have ended</param>
    public void Break(bool half)
    {
        foreach (var (client, isNodes) in _open)
            if (isNodes || !half)
                client.Dispose();
    }

    public void Dispose()
    {
        _listener.Stop();
        Break(half: false);
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
                _ = PassAsync(await _listener.AcceptTcpClientAsync());
        }
        catch (SocketException)
        {
            // it was stopped
        }
    }

    private async Task PassAsync(TcpClient node)
    {
        var host = new TcpClient();
        await host.ConnectAsync(_to);
        (_open[node], _open[host]) = (true, false);
        // Each direction for itself: one that is cut leaves the other as it is.
        _ = CopyAsync(node, host);
        await CopyAsync(host, node);
    }

    private static async Task CopyAsync(TcpClient from, TcpClient to)
    {
        try
        {
            await from.GetStream().CopyToAsync(to.GetStream());
            to.Client.Shutdown(SocketShutdown.Send);
        }
        catch (Exception error) when (error is IOException or ObjectDisposedException or SocketException or InvalidOperationException)
        {
            return; // it was cut
        }
    }
}
