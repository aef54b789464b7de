using Mailroom.Batches;
using Mailroom.Kinds;

namespace Mailroom.Journal.Sqlite;

/// <summary>A dead piece of a job that has ended, as it stands in the column <c>failures</c>.</summary>
internal sealed record DeadPiece(int Piece, int Attempts, string Reason, string Node, string? Detail)
{
    public static DeadPiece Of(Outcome last) => new(last.Piece.Index, last.Attempts, last.Reason ?? "", last.By.Node, last.Detail);

    public Outcome ToOutcome() =>
        new(new Piece(Piece, Attempts, 0, Payload.None), How.GaveUp, null, Reason, Detail, 0) { By = new RanBy(Node, "") };
}
