using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Mailroom.Batches;
using Mailroom.Kinds;

namespace Mailroom.Host.Control;

/// <summary>A dead piece. Its stack and its last words are shown by <c>jobs show</c> only.</summary>
/// <param name="Detail">its stack, or JSON's null where it has none; left out where it is not shown</param>
internal sealed record JobFailure(
    int Piece,
    int Attempts,
    string Reason,
    string Node,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] JsonElement? Detail = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] JsonArray? Log = null
)
{
    /// <param name="last">its last attempt</param>
    public static JobFailure Of(Outcome last) => new(last.Piece.Index, last.Attempts, last.Reason ?? "", last.By.Node);

    public Outcome ToOutcome() =>
        new(new Piece(Piece, Attempts, 0, Payload.None), How.GaveUp, null, Reason, Detail?.GetString(), 0) { By = new RanBy(Node, "") };
}

/// <summary>An attempt that did not succeed.</summary>
/// <param name="Crashed">it ended with its process; such attempts have a budget of their own</param>
/// <param name="Seconds">how long it ran; 0 where that is not known</param>
/// <param name="Detail">the exception with its stack</param>
internal sealed record JobAttempt(
    int Piece,
    int Attempt,
    bool Crashed,
    DateTimeOffset At,
    string Node,
    string Worker,
    double Seconds,
    string Reason,
    string? Detail
)
{
    public static JobAttempt Of(Outcome attempt) =>
        new(
            attempt.Piece.Index,
            attempt.Piece.Attempt,
            attempt.How == How.Crashed,
            attempt.At,
            attempt.By.Node,
            attempt.By.Worker,
            attempt.Seconds,
            attempt.Reason ?? "",
            attempt.Detail
        );

    public Outcome ToOutcome() =>
        new(new Piece(Piece, Attempt, 0, Payload.None), Crashed ? How.Crashed : How.Failed, null, Reason, Detail, Seconds)
        {
            By = new RanBy(Node, Worker),
            At = At,
        };
}
