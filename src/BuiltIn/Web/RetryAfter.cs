namespace Mailroom.BuiltIn.Web;

/// <summary>When a server wants to be asked again (RFC 9110, 10.2.3).</summary>
internal static class RetryAfter
{
    /// <summary>Null where it does not say. A date counts by the server's own clock, where it tells that.</summary>
    public static TimeSpan? Of(HttpResponseMessage response) =>
        response.Headers.RetryAfter switch
        {
            { Delta: { } delta } => delta,
            { Date: { } date } when date - (response.Headers.Date ?? TimeProvider.System.GetUtcNow()) is var wait => wait > TimeSpan.Zero
                ? wait
                : TimeSpan.Zero,
            _ => null,
        };
}
