using Mailroom.Input;
using Mailroom.Kinds;

namespace Mailroom.Host.Console.Commands;

/// <summary>What <c>nodes invite</c> takes.</summary>
internal sealed record InviteOptions(
    [property: Option("what the node will be called; far-1, far-2 … where nothing is said")] string? Name = null,
    [property: Option("how long it may be used; 15m where nothing is said"), From(1, 604_800)] TimeSpan? Ttl = null
);
