using System.Net;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using Mailroom.Door;
using Mailroom.Input;
using Mailroom.Members;

namespace Mailroom.RemoteNode;

/// <summary><c>mailroom-node join</c>: an invitation becomes a membership.</summary>
internal static class Joining
{
    private const int MaxAnswer = 64 * 1024;

    private static readonly TimeSpan ConnectsWithin = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan AnswersWithin = TimeSpan.FromSeconds(15);

    /// <returns>what the user wants to know</returns>
    /// <exception cref="UserError">no host was found, or it refused</exception>
    public static async Task<string> JoinAsync(Invitation invitation, StateFolder state)
    {
        state.Create(); // before the invitation is used up
        var (key, request) = Identity.Ask();
        using var _ = key;
        var (host, answer) = await AskAsync(invitation, new JoinRequest(invitation.Secret, request));
        var identity = IdentityOf(answer, key);
        if (identity.AuthorityHash != invitation.Authority)
            throw new UserError($"{host} answered for another authority than that of the invitation", ExitCode.Refused);
        // Where it was found comes first.
        var hosts = invitation.Hosts.OrderBy(one => one != host).Select(one => $"{one[..one.LastIndexOf(':')]}:{answer.Port}").ToList();
        NodeMembership.Make(state, hosts, identity);
        return $"{identity.Name} is a member of the host at {hosts[0]} until {identity.Until.ToLocalTime():yyyy-MM-dd HH:mm}, and longer "
            + $"if it works there; 'mailroom-node{StateWord(state)}' starts it";
    }

    private static async Task<(string Host, JoinAnswer Answer)> AskAsync(Invitation invitation, JoinRequest request)
    {
        var failures = new List<string>();
        // Twice, should an answer get lost: the host gives it to the same key again.
        foreach (var host in invitation.Hosts.Concat(invitation.Hosts))
        {
            string? refusal = null;
            using var client = Client(shown => (refusal = invitation.Refusal(shown, TimeProvider.System.GetLocalNow().DateTime)) is null);
            try
            {
                using var response = await client.PostAsJsonAsync($"https://{host}/join", request, JoinForm.Default.JoinRequest);
                return (host, await ReadAsync(response));
            }
            catch (Exception error) when (error is HttpRequestException or OperationCanceledException or JsonException or IOException)
            {
                failures.Add($"{host}: {refusal ?? Words(error)}"); // the same the second time, mostly
            }
        }
        throw new UserError($"nobody lets this node in: {string.Join("; ", failures.Distinct())}", ExitCode.Unreachable);
    }

    private static async Task<JoinAnswer> ReadAsync(HttpResponseMessage response)
    {
        if (response.StatusCode == HttpStatusCode.OK)
            return await response.Content.ReadFromJsonAsync(JoinForm.Default.JoinAnswer) ?? throw new JsonException("the answer is empty");
        if (response.StatusCode is not (HttpStatusCode.Forbidden or HttpStatusCode.BadRequest))
            throw new HttpRequestException($"it answered with {(int)response.StatusCode}");
        var refused = await response.Content.ReadFromJsonAsync(JoinForm.Default.JoinRefusal);
        throw new UserError($"the host refused: {Visible.Text(refused?.Reason ?? "it did not say why")}", ExitCode.Refused);
    }

    /// <summary>One that says nothing to anybody but the host of the invitation.</summary>
    private static HttpClient Client(Func<X509Certificate2?, bool> isHost) =>
        new(
            new SocketsHttpHandler
            {
                UseProxy = false,
                AllowAutoRedirect = false,
                ConnectTimeout = ConnectsWithin,
                SslOptions =
                {
                    EnabledSslProtocols = Identity.Protocols,
                    // Nothing is fetched that a stranger's certificate names.
                    CertificateChainPolicy = new X509ChainPolicy
                    {
                        DisableCertificateDownloads = true,
                        RevocationMode = X509RevocationMode.NoCheck,
                    },
                    RemoteCertificateValidationCallback = (_, certificate, _, _) => isHost(certificate as X509Certificate2),
                },
            }
        )
        {
            Timeout = AnswersWithin,
            MaxResponseContentBufferSize = MaxAnswer,
        };

    private static Identity IdentityOf(JoinAnswer answer, ECDsa key)
    {
        try
        {
            return Identity.Of(answer.Certificate, answer.Authority, key);
        }
        catch (Exception error) when (error is CryptographicException or ArgumentException)
        {
            throw new UserError($"the certificate that the host sent can't be used: {error.Message}", ExitCode.Refused, error);
        }
    }

    private static string Words(Exception error)
    {
        if (error is OperationCanceledException)
            return $"no answer within {Quantity.Text(AnswersWithin)}";
        while (error.InnerException is { } inner)
            error = inner;
        return Visible.Text(error.Message);
    }

    private static string StateWord(StateFolder state) => state.Path == StateFolder.At(null).Path ? "" : $" --state {state.Path}";
}
