using Mailroom.Client;
using Mailroom.Input;
using Mailroom.Kinds;
using Mailroom.Model;

namespace Mailroom.Jobs;

/// <remarks>How it comes to its end.</remarks>
internal sealed partial class JobMachine
{
    /// <summary>It has waited long enough to hear how what ran was cancelled.</summary>
    public void CancelOver()
    {
        if (Stage == Stage.Cancelling)
            EndCancelled();
    }

    /// <summary>It can't go on.</summary>
    /// <param name="withAnswer">what its results give is shown all the same, where its kind allows that</param>
    public void Fail(string reason, bool withAnswer = true)
    {
        if (Stage == Stage.Answering && !withAnswer)
            End(JobState.Failed, reason, null);
        else
            Finish(JobState.Failed, reason, withAnswer);
    }

    public void Answered(Answer answer)
    {
        if (Stage == Stage.Answering)
            End(_end.State, _end.Reason, answer);
    }

    private void Halt(HaltRule rule, int dead, int settled)
    {
        if (Stage is not (Stage.Running or Stage.Suspending) || (Stage == Stage.Suspending && !rule.Now))
            return; // it halts already, or nothing new begins anyway
        Do(new Effect.Halted(rule, dead, settled));
        if (rule.Now)
        {
            FinishHalted();
            return;
        }
        Stage = Stage.Halting;
        Do(new Effect.StopRetries(_supply.Close()));
        Do(new Effect.Withdraw());
    }

    // What is not recorded yet counts too: else short pieces would all have run before the disk had told of the first.
    private void HaltSoonIfItIsTime()
    {
        if (rules.Halt is not { Now: false } rule)
            return;
        var ends = _unrecorded.Values.Select(record => record.Ends).ToList();
        var dead = Ledger.Dead + ends.Sum(one => one.Others.Length);
        var settled = Ledger.Settled + ends.Sum(one => one.Count);
        if (rule.Applies(dead, settled, Total))
            Halt(rule, dead, settled);
    }

    private void FinishHalted() =>
        Finish(
            JobState.Failed,
            $"--halt {rules.Halt} ended it: {Quantity.Of(Ledger.Dead, "piece is", "pieces are")} dead, {Ledger.Done} done"
        );

    private void FinishIfAllSettled()
    {
        if (IsOver || Stage == Stage.Cancelling || !_supply.IsOver(Ledger.Settled) || _unrecorded.Count > 0)
            return;
        if (Stage == Stage.Halting && _supply.IsShort)
            FinishHalted();
        else if (Ledger.Dead > 0)
            Finish(JobState.Failed, $"{Ledger.Dead} of {_supply.Made} pieces {(Ledger.Dead == 1 ? "is" : "are")} dead");
        else
            Finish(JobState.Completed, null);
    }

    /// <summary>Nothing of it runs any more: once all is recorded too, this host is done with it.</summary>
    private void EndIfQuiet()
    {
        if (!IsLeaving || !_isQuiet || _hasLeft || _unrecorded.Count > 0)
            return;
        if (Stage == Stage.Cancelling)
            EndCancelled();
        else
            Leave();
    }

    private void EndCancelled() => Finish(JobState.Cancelled, _cancellation!.Reason(isQuiet: _isQuiet && !_hasLeft));

    /// <summary>It is over. Its answer may still be in the making, which nothing but a cancel can disturb any more.</summary>
    private void Finish(JobState state, string? reason, bool withAnswer = true)
    {
        if (IsOver)
            return;
        var hasAnswer = state == JobState.Completed || (state == JobState.Failed && !rules.NeedsEveryPiece && Ledger.HasResults);
        if (!withAnswer || !hasAnswer)
        {
            End(state, reason, null);
            return;
        }
        (Stage, _end) = (Stage.Answering, (state, reason));
        if (Ledger.TakeNew() is { Count: > 0 } results)
            Do(new Effect.Enter(results));
        Do(new Effect.Finish());
        Do(new Effect.Show());
    }

    private void End(JobState state, string? reason, Answer? answer)
    {
        Stage = Stage.Ended;
        Do(new Effect.End(state, reason, answer));
    }

    private void Leave()
    {
        Stage = Stage.Ended;
        Do(new Effect.Suspend());
    }
}
