using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Threading.Channels;

namespace Mailroom.Benchmarks;

/// <summary>
/// A way to a host that takes time, for machines without tc's netem: all that is sent comes so much later, and now and then something gets
/// lost, which costs what TCP needs to find that out and to send it again.
/// </summary>
internal sealed class DelayedWay : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly IPEndPoint _to;
    private readonly TimeSpan _oneWay;
    private readonly double _loss;

    /// <param name="oneWay">half of a round trip</param>
    /// <param name="loss">of what is sent at once, the share that gets lost</param>
    public DelayedWay(string to, TimeSpan oneWay, double loss)
    {
        (_to, _oneWay, _loss) = (IPEndPoint.Parse(to), oneWay, loss);
        _listener.Start();
        _ = AcceptAsync();
    }

    public string Address => _listener.LocalEndpoint.ToString()!;

    public void Dispose() => _listener.Dispose();

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var near = await _listener.AcceptTcpClientAsync();
                var far = new TcpClient();
                await far.ConnectAsync(_to);
                near.NoDelay = far.NoDelay = true;
                Pass(near.GetStream(), far.GetStream());
                Pass(far.GetStream(), near.GetStream());
            }
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException)
        {
            // it was told to end
        }
    }

    private void Pass(NetworkStream from, NetworkStream to)
    {
        var under = Channel.CreateUnbounded<(long Due, byte[] Bytes)>();
        _ = ReadAsync(from, under.Writer);
        _ = WriteAsync(under.Reader, to);
    }

    private async Task ReadAsync(NetworkStream from, ChannelWriter<(long Due, byte[] Bytes)> under)
    {
        var (buffer, last) = (new byte[64 * 1024], 0L);
        try
        {
            while (await from.ReadAsync(buffer) is > 0 and var count)
            {
                // What was lost is missed after a round trip, and comes after another one; all that is behind it waits for it.
                var late = Random.Shared.NextDouble() < _loss ? _oneWay * 5 : _oneWay;
                last = Math.Max(last, Stopwatch.GetTimestamp() + (long)(late.TotalSeconds * Stopwatch.Frequency));
                under.TryWrite((last, buffer[..count]));
            }
        }
        catch (IOException)
        {
            // one of the two has gone
        }
        under.TryComplete();
    }

    private static async Task WriteAsync(ChannelReader<(long Due, byte[] Bytes)> under, NetworkStream to)
    {
        try
        {
            await foreach (var (due, bytes) in under.ReadAllAsync())
            {
                if (Stopwatch.GetElapsedTime(Stopwatch.GetTimestamp(), due) is var wait && wait > TimeSpan.Zero)
                    await Task.Delay(wait);
                await to.WriteAsync(bytes);
            }
            to.Socket.Shutdown(SocketShutdown.Send);
        }
        catch (Exception error) when (error is IOException or SocketException)
        {
            // likewise
        }
    }
}
