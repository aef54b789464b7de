using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using Akka.Actor;
using Mailroom.Door;
using Mailroom.Host.Web;
using Mailroom.Input;
using Mailroom.Members;
using Mailroom.Settings;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;

namespace Mailroom.Host.Joining;

/// <summary>
/// Takes those who are invited, over HTTPS: they show the secret of their invitation and get a certificate. They know the host by the
/// authority that its certificate carries.
/// </summary>
/// <param name="nodePort">where nodes join</param>
internal sealed class JoinServer(RemoteSection remote, HostAuthority? authority, int nodePort, TimeProvider time) : IJoinServer
{
    private const int MaxRequestBytes = 16 * 1024;
    private const int MaxConnections = 64;

    private static readonly TimeSpan AnswerTimeout = TimeSpan.FromSeconds(10);

    // For a stranger's handshake, his request, and his silence.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan ClosesWithin = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan NewEvery = TimeSpan.FromDays(1);

    private readonly Lock _making = new();
    private X509Certificate2? _shown;
    private DateTimeOffset _shownSince;
    private string? _shownBy;
    private WebApplication? _app;

    public async Task<IReadOnlyList<string>> OpenAsync(IActorRef members)
    {
        var app = QuietWeb.Builder(Configure).Build();
        app.MapPost("/join", (RequestDelegate)(context => JoinAsync(context, members)));
        try
        {
            await app.StartAsync().ConfigureAwait(false);
        }
        catch (Exception error)
        {
            await app.DisposeAsync().ConfigureAwait(false);
            if (error is not (IOException or SocketException))
                throw;
            throw new UserError(
                $"port {remote.JoinPort} at {remote.Address} can't be opened for those who are invited: {error.Message} Start the "
                    + "host with --set mailroom.remote.join-port=PORT for another",
                ExitCode.Refused,
                error
            );
        }
        _app = app;
        var port = new Uri(app.Urls.First()).Port;
        return [.. HostNames.Of(remote).Select(name => $"{name}:{port}")];
    }

    public async Task CloseAsync()
    {
        if (_app is not { } app)
            return;
        _app = null;
        using var patience = new CancellationTokenSource(ClosesWithin);
        await app.StopAsync(patience.Token).ConfigureAwait(false);
        await app.DisposeAsync().ConfigureAwait(false);
    }

    private void Configure(KestrelServerOptions options)
    {
        var limits = options.Limits;
        limits.MaxRequestBodySize = MaxRequestBytes;
        limits.MaxConcurrentConnections = MaxConnections;
        limits.RequestHeadersTimeout = limits.KeepAliveTimeout = Patience;
        limits.MinRequestBodyDataRate = new MinDataRate(bytesPerSecond: 1024, gracePeriod: Patience);
        options.Listen(
            remote.Listens!,
            remote.JoinPort,
            listen =>
            {
                listen.Protocols = HttpProtocols.Http1;
                listen.UseHttps(
                    new HttpsConnectionAdapterOptions
                    {
                        ServerCertificateSelector = (_, _) => Shown(),
                        SslProtocols = Identity.Protocols,
                        HandshakeTimeout = Patience,
                    }
                );
            }
        );
    }

    /// <summary>A server may listen for weeks: what it shows is made anew now and then.</summary>
    private X509Certificate2 Shown()
    {
        lock (_making)
        {
            var (now, by) = (time.GetUtcNow(), authority!.Value);
            if (_shown is null || _shownBy != by.KeyHash || (now - _shownSince).Duration() > NewEvery)
                (_shown, _shownBy, _shownSince) = (by.SignForJoining(now), by.KeyHash, now);
            return _shown;
        }
    }

    private async Task JoinAsync(HttpContext context, IActorRef members)
    {
        var cancellation = context.RequestAborted;
        if (await ReadAsync(context.Request) is not { } request)
        {
            await AnswerAsync(context, StatusCodes.Status400BadRequest, "that is no request to join");
            return;
        }
        switch (await members.Ask(new Membership.Redeem(request.Secret, [.. request.Request]), AnswerTimeout, cancellation))
        {
            case Membership.Granted granted:
                await context.Response.WriteAsJsonAsync(
                    new JoinAnswer(granted.Name, granted.Certificate, granted.Authority, nodePort),
                    JoinForm.Default.JoinAnswer,
                    cancellationToken: cancellation
                );
                break;
            case Membership.Refused refused:
                await AnswerAsync(context, StatusCodes.Status403Forbidden, refused.Reason);
                break;
        }
    }

    /// <returns>null where it is none</returns>
    private static async Task<JoinRequest?> ReadAsync(HttpRequest request)
    {
        try
        {
            return await JsonSerializer.DeserializeAsync(request.Body, JoinForm.Default.JoinRequest, request.HttpContext.RequestAborted);
        }
        catch (Exception error) when (error is JsonException or Microsoft.AspNetCore.Http.BadHttpRequestException)
        {
            return null;
        }
    }

    private static Task AnswerAsync(HttpContext context, int status, string reason)
    {
        context.Response.StatusCode = status;
        return context.Response.WriteAsJsonAsync(new JoinRefusal(reason), JoinForm.Default.JoinRefusal);
    }
}
