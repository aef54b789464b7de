using Mailroom.Batches;

namespace Mailroom.Jobs;

/// <summary>How the pieces of a job that is being cancelled came to their end: which rung of the ladder it took.</summary>
internal sealed class Cancellation(string reason)
{
    private int _stopped;
    private int _abandoned;
    private string? _how;

    public void Count(Ends ends)
    {
        foreach (var outcome in ends.Others)
        {
            if (outcome.How == How.Abandoned)
                (_abandoned, _how) = (_abandoned + 1, outcome.Reason);
            else if (outcome.Seconds > 0)
                _stopped++; // those that had not begun have no seconds
        }
    }

    /// <param name="isQuiet">whether every worker has said what became of its pieces</param>
    public string Reason(bool isQuiet) =>
        reason
        + (_stopped > 0 ? $"; {Pieces(_stopped)} ended when told to" : "")
        + (_abandoned > 0 ? $"; {Pieces(_abandoned)} did not: {_how}" : "")
        + (isQuiet ? "" : "; some have not answered");

    private static string Pieces(int count) => count == 1 ? "1 piece" : $"{count} pieces";
}
