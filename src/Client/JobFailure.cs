using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace Mailroom.Client;

/// <summary>A dead piece. Its stack and its last words are shown by <c>jobs show</c> only.</summary>
/// <param name="Piece">its index, from 0</param>
/// <param name="Attempts">how often it was tried</param>
/// <param name="Reason">of the last attempt</param>
/// <param name="Node">where that ran: <c>host</c> or a node's name</param>
/// <param name="Detail">its stack, or JSON's null where it has none; left out where it is not shown</param>
/// <param name="Log">the last lines that were logged of it; left out where they are not shown</param>
public sealed record JobFailure(
    int Piece,
    int Attempts,
    string Reason,
    string Node,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] JsonElement? Detail = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] JsonArray? Log = null
);

/// <summary>An attempt that did not succeed.</summary>
/// <param name="Piece">its index, from 0</param>
/// <param name="Attempt">from 1</param>
/// <param name="Crashed">it ended with its process; such attempts have a budget of their own</param>
/// <param name="Seconds">how long it ran; 0 where that is not known</param>
/// <param name="Detail">the exception with its stack</param>
public sealed record JobAttempt(
    int Piece,
    int Attempt,
    bool Crashed,
    DateTimeOffset At,
    string Node,
    string Worker,
    double Seconds,
    string Reason,
    string? Detail
);
