using Akka.Actor;
using Akka.Event;
using Mailroom.Journal;
using Mailroom.Kinds;
using Mailroom.Pools;

namespace Mailroom.Jobs;

/// <content>The ways in which a job pauses, is left to the next host, and ends.</content>
internal sealed partial class JobRunActor
{
    /// <summary>Stops what runs, and waits a little to hear how: by itself, or by the last rung of the ladder.</summary>
    private void OnCancel(JobRun.Cancel cancel)
    {
        if (_cancellation is not null || _ended)
            return;
        _cancellation = new Cancellation(cancel.Reason);
        Context.Parent.Tell(new JobRun.Cancelling(Detail(JobState.Cancelled, cancel.Reason, null)));
        foreach (var piece in _retrying)
            Timers.Cancel(piece);
        _due.Clear();
        _probe = null;
        _poolIsQuiet = false;
        TellPools(new Pool.Cancel(_job.Job, ++_holds));
        Timers.StartSingleTimer(nameof(CancelOver), new CancelOver(), _settings.Grace + AnswerTime);
    }

    private void EndCancelled() => End(JobState.Cancelled, _cancellation!.Reason(isQuiet: _quiet));

    private void OnBroke(JobCode.Broke broke)
    {
        Log(broke);
        End(JobState.Failed, broke.Reason, withAnswer: !broke.IsFold);
    }

    private void Log(JobCode.Broke broke) => _log.Error("job.broke job {Job}: {Reason}\n{Detail}", _job.Job, broke.Reason, broke.Detail);

    private void OnStalled(JournalWriter.Stalled stalled)
    {
        if (!_stalled)
            _log.Warning("job.stalled job {Job} begins nothing new: {Reason}", _job.Job, stalled.Reason);
        _stalled = true;
        _status.State = "stalled";
    }

    private void OnWaiting(Pool.Waiting waiting)
    {
        if (Sender.Equals(_left))
            return;
        _waitsFor = waiting.Reason;
        if (_waitsFor is not null)
            _log.Warning("job.waits job {Job}: {Reason}", _job.Job, _waitsFor);
    }

    private void OnPause(JobRun.Pause pause)
    {
        if (_cancellation is not null)
            return;
        (_isPaused, _poolIsQuiet, _pausedFor) = (pause.On, false, pause.On ? _pausedFor : null);
        _pool.Tell(new Pool.Hold(_job.Job, pause.On, ++_holds));
        Context.Parent.Tell(new JobRun.Progress(Detail(Running, null, null)));
        OfferSoon();
    }

    private void OnSuspend()
    {
        if (_cancellation is not null)
            return;
        _suspending = true;
        OnPause(new JobRun.Pause(true));
    }

    // The pool that was left may still say that it was quiet before, while it was the job's; or say it twice. And what is
    // said of an earlier hold may be over.
    private void OnPoolQuiet(Pool.Quiet quiet)
    {
        if (quiet.IsReleased && Sender.Equals(_left))
        {
            _left.Tell(new Pool.Close(_job.Job));
            _left = ActorRefs.Nobody;
        }
        else if (!quiet.IsReleased && !Sender.Equals(_left) && quiet.Number == _holds)
            _poolIsQuiet = true;
        OnQuiet();
    }

    /// <summary>Nothing of it runs any more: once all is recorded too, this host is done with it.</summary>
    private void OnQuiet()
    {
        _quiet = (_suspending || _cancellation is not null) && _poolIsQuiet && _left.IsNobody();
        if (!_quiet || _unrecorded.Count > 0 || _ended)
            return;
        if (_cancellation is not null)
        {
            EndCancelled();
            return;
        }
        _ended = true;
        LeaveToNext();
    }

    private void LeaveToNext()
    {
        Context.Parent.Tell(new JobRun.Suspended(Detail(Running, null, null)));
        Context.Stop(Self);
    }

    private JobState Running => _isPaused && !_suspending ? JobState.Paused : JobState.Running;

    /// <summary>Begins nothing new; what runs is cancelled with the job, or waited for.</summary>
    private void Halt(HaltRule rule)
    {
        _halting = true;
        _log.Warning("job.halted job {Job} by --halt {Rule}: {Dead} of {Settled} pieces are dead", _job.Job, rule, _ledger.Dead, _ledger.Settled);
        if (rule.Now)
        {
            EndHalted();
            return;
        }
        foreach (var piece in _retrying)
            Timers.Cancel(piece);
        (_withdrawn, _exhausted) = (_due.Count + _retrying.Count, true);
        _due.Clear();
        _retrying.Clear();
        _probe = null;
        _pool.Tell(new Pool.Withdraw(_job.Job));
    }

    private void OnWithdrawn(Pool.Withdrawn withdrawn)
    {
        _withdrawn += withdrawn.Count;
        EndIfAllSettled();
    }

    private void EndHalted() => End(JobState.Failed, $"--halt {_request.Halt} ended it: {_ledger.Dead} pieces are dead, {_ledger.Done} done");

    private void EndIfAllSettled()
    {
        if (!_exhausted || _cancellation is not null || _ledger.Settled + _withdrawn < _made || _unrecorded.Count > 0)
            return;
        if (_halting && !(_withdrawn == 0 && _made == _total))
            EndHalted();
        else if (_ledger.Dead > 0)
            End(JobState.Failed, $"{_ledger.Dead} of {_made} pieces are dead");
        else
            End(JobState.Completed, null);
    }

    /// <summary>It is over. Its answer may still be in the making, which nothing but a cancel can disturb any more.</summary>
    private void End(JobState state, string? reason, bool withAnswer = true)
    {
        if (_ended)
            return; // a message that was already being handled found a second reason to end
        _ended = true;
        if (!withAnswer || !(state == JobState.Completed || (state == JobState.Failed && !_work.Kind.NeedsEveryPiece && _ledger.HasResults)))
        {
            Leave(state, reason, null);
            return;
        }
        if (_ledger.TakeNew() is { Count: > 0 } results)
            _code.Enter(results);
        _code.Finish();
        _status.State = "combining";
        Context.Parent.Tell(new JobRun.Progress(Detail(Running, null, null)));
        Become(() =>
        {
            Receive<JobCode.Answered>(answered => Leave(state, reason, answered.Answer));
            Receive<JobCode.Broke>(broke =>
            {
                Log(broke);
                Leave(JobState.Failed, broke.Reason, null);
            });
            Receive<JobRun.Cancel>(cancel => Leave(JobState.Cancelled, cancel.Reason, null));
            Receive<JobRun.Suspend>(_ => LeaveToNext());
            Receive<Pool.Settled>(late => late.Receipt?.Sign());
            Receive<JournalWriter.Recorded>(OnRecordedLate);
            ReceiveAny(_ => { }); // it is over for all the others
        });
    }

    private void OnRecordedLate(JournalWriter.Recorded recorded)
    {
        if (_unrecorded.Remove(recorded.Number, out var record))
            record.Receipt?.Sign();
    }

    private void Leave(JobState state, string? reason, Answer? answer)
    {
        Context.Parent.Tell(new JobRun.Ended(Detail(state, reason, answer)));
        Context.Stop(Self);
    }

    private JobDetail Detail(JobState state, string? reason, Answer? answer) => new(
        _job with
        {
            By = _by,
            State = state,
            Reason = reason ?? state switch
            {
                JobState.Paused => _pausedFor,
                JobState.Running => _waitsFor,
                _ => null,
            },
            Seconds = Seconds(),
            Workers = _ledger.Workers,
            Pieces = new PieceCounts(_total, _ledger.Done, _ledger.Dead, _ledger.Retried, _stale),
        },
        _work.ArgumentsJson, answer, _ledger.Failures, _ledger.Attempts, _because, Profile());

    private double Seconds() => _job.Seconds + _time.GetElapsedTime(_started).TotalSeconds;

    private sealed record CancelOver : ILocalMessage;
}
