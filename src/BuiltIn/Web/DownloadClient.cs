using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.DependencyInjection;

namespace Mailroom.BuiltIn.Web;

/// <summary>How files are downloaded.</summary>
/// <param name="PerHost">most connections to one host</param>
/// <param name="RefusePrivate">connect to public addresses only</param>
internal sealed record DownloadPolicy(int PerHost, bool RefusePrivate);

/// <summary>A host has no address that may be connected to.</summary>
internal sealed class PrivateAddressException(string host) : Exception($"{host} has a private address, and --refuse-private is given");

/// <summary>Clients for downloads: connections are shared by all jobs of the process that download in the same way.</summary>
internal static class DownloadClient
{
    private static readonly ConcurrentDictionary<DownloadPolicy, Lazy<IHttpClientFactory>> Factories = new();

    public static HttpClient Of(DownloadPolicy policy) =>
        Factories.GetOrAdd(policy, known => new Lazy<IHttpClientFactory>(() => Factory(known))).Value.CreateClient(nameof(DownloadClient));

    private static IHttpClientFactory Factory(DownloadPolicy policy)
    {
        var services = new ServiceCollection();
        services
            .AddHttpClient(
                nameof(DownloadClient),
                client =>
                {
                    client.Timeout = Timeout.InfiniteTimeSpan; // the kind watches over progress itself
                    client.DefaultRequestHeaders.UserAgent.ParseAdd("mailroom");
                }
            )
            .UseSocketsHttpHandler(
                (handler, _) =>
                {
                    handler.AllowAutoRedirect = false; // followed by the download, which tells the way
                    handler.UseCookies = false;
                    handler.MaxConnectionsPerServer = policy.PerHost;
                    handler.PooledConnectionLifetime = TimeSpan.FromMinutes(5);
                    handler.ConnectTimeout = TimeSpan.FromSeconds(30);
                    if (!policy.RefusePrivate)
                        return;
                    handler.UseProxy = false; // it would connect in our stead, to wherever
                    handler.ConnectCallback = ConnectToPublicAsync;
                }
            )
            .SetHandlerLifetime(Timeout.InfiniteTimeSpan)
            .RemoveAllLoggers();
        return services.BuildServiceProvider().GetRequiredService<IHttpClientFactory>();
    }

    /// <summary>
    /// Looks at the addresses that are really connected to: so a redirect and a name that changes its address are seen too.
    /// </summary>
    private static async ValueTask<Stream> ConnectToPublicAsync(SocketsHttpConnectionContext context, CancellationToken cancellation)
    {
        var target = context.DnsEndPoint;
        var addresses = await Dns.GetHostAddressesAsync(target.Host, cancellation).ConfigureAwait(false);
        var open = addresses.Where(address => !IsPrivate(address)).ToArray();
        if (open.Length == 0)
            throw new PrivateAddressException(target.Host);
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(open, target.Port, cancellation).ConfigureAwait(false);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Whether an address is not one of the public internet (IANA's special-purpose registries, RFC 6890).</summary>
    internal static bool IsPrivate(IPAddress address)
    {
        if (address.IsIPv4MappedToIPv6)
            return IsPrivate(address.MapToIPv4());
        var b = address.GetAddressBytes();
        if (address.AddressFamily == AddressFamily.InterNetworkV6)
            return b switch
            {
                [0x00, 0x64, 0xFF, 0x9B, ..] => IsPrivate(new IPAddress(b.AsSpan(12))), // NAT64 carries an IPv4 address
                [0x20, 0x02, ..] => IsPrivate(new IPAddress(b.AsSpan(2, 4))), // and so does 6to4
                _ => (b[0] & 0xE0) != 0x20 || b is [0x20, 0x01, 0x0D, 0xB8, ..], // only 2000::/3 is public
            };
        return b switch
        {
            [0 or 10 or 127, ..] or [>= 224, ..] => true,
            [100, >= 64 and < 128, ..] or [169, 254, ..] or [172, >= 16 and < 32, ..] => true,
            [192, 168, ..] or [192, 0, 0 or 2, _] or [198, 18 or 19, ..] or [198, 51, 100, _] or [203, 0, 113, _] => true,
            _ => false,
        };
    }
}
