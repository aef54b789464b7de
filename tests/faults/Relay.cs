using System.Net;
using System.Net.Sockets;

namespace Mailroom.Faults;

internal static class Relay
{
    public static async Task<bool> RunAsync(string[] arguments)
    {
        using var listener = new TcpListener(IPEndPoint.Parse(arguments[0]));
        listener.Start();
        await Console.Error.WriteLineAsync($"relays {arguments[0]} to {arguments[1]}");
        while (true)
            _ = PassAsync(await listener.AcceptTcpClientAsync(), IPEndPoint.Parse(arguments[1]));
    }

    private static async Task PassAsync(TcpClient from, IPEndPoint address)
    {
        using var to = new TcpClient();
        try
        {
            await to.ConnectAsync(address);
            await Task.WhenAny(from.GetStream().CopyToAsync(to.GetStream()), to.GetStream().CopyToAsync(from.GetStream()));
        }
        catch (SocketException error)
        {
            await Console.Error.WriteLineAsync(error.Message);
        }
        finally
        {
            from.Dispose();
        }
    }
}
