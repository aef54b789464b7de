using System.Collections.Immutable;
using Mailroom.Batches;
using Mailroom.Client;
using Mailroom.Model;

namespace Mailroom.Jobs;

/// <remarks>What becomes of a piece that did not succeed.</remarks>
internal sealed partial class JobMachine
{
    private ImmutableArray<Outcome> Note(ImmutableArray<Outcome> outcomes, RanBy by, DateTimeOffset at)
    {
        var attempts = ImmutableArray.CreateBuilder<Outcome>();
        foreach (var outcome in outcomes)
        {
            var attempt = outcome.Bare() with { Detail = _noted < MaxDetailed ? outcome.Detail : null, By = by, At = at };
            Ledger.Note(attempt);
            if (_noted++ < MaxNoted)
                attempts.Add(attempt);
        }
        return attempts.DrainToImmutable();
    }

    private bool TryAgain(Outcome outcome)
    {
        var piece = outcome.Piece;
        if (Stage == Stage.Halting)
            return false;
        if (outcome.How == How.Crashed && piece.Crashes + 1 < rules.MaxCrashes)
        {
            // At once and in front: it has waited already, and nothing says that it was this one's fault.
            Ledger.CountRetry();
            Do(new Effect.Offer([piece with { Crashes = piece.Crashes + 1 }], Again: true));
            return true;
        }
        if (outcome.How != How.Failed || piece.Attempt >= rules.Attempts)
            return false;
        Ledger.CountRetry();
        _supply.Wait(piece);
        Do(new Effect.Retry(piece with { Attempt = piece.Attempt + 1 }, WaitBehind(outcome)));
        return true;
    }

    // Full jitter: a random share of an exponentially growing wait, so that many failures don't come back together.
    private TimeSpan WaitBehind(Outcome outcome)
    {
        var most = Math.Min(rules.MaxDelay.TotalSeconds, rules.FirstDelay.TotalSeconds * Math.Pow(2, outcome.Piece.Attempt - 1));
        var wished = Math.Min(outcome.After?.TotalSeconds ?? 0, rules.MaxDelay.TotalSeconds);
        return TimeSpan.FromSeconds(Math.Max(wished, jitter() * most));
    }

    private void Bury(Outcome last, RanBy by)
    {
        if (last.How == How.Crashed)
            last = last with { Reason = $"{last.Piece.Crashes + 1} processes ended while they ran it, the last: {last.Reason}" };
        var dead = last with { By = by };
        Ledger.Bury(dead);
        Do(new Effect.Buried(dead));
        if (rules.NeedsEveryPiece)
            Finish(JobState.Failed, $"piece {last.Piece.Index}: {last.Reason}");
    }
}
