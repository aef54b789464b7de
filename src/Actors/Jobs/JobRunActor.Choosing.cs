using System.Collections.Immutable;
using Akka.Actor;
using Akka.Event;
using Mailroom.Advice;
using Mailroom.Batches;
using Mailroom.Input;
using Mailroom.Journal;
using Mailroom.Kinds;
using Mailroom.Pools;

namespace Mailroom.Jobs;

/// <content>How a job finds its technique while it runs, and moves to it.</content>
internal sealed partial class JobRunActor
{
    // Where nobody knows how many pieces there are, it is reckoned with many.
    private const int Many = 10_000;

    /// <summary>A piece has let go of its thread. How long it waits may take too long to find out, and a little longer tells enough.</summary>
    private void OnAwaiting(Pool.Awaiting awaiting)
    {
        if (_probe is null)
            return;
        if (_awaited is null)
            Timers.StartSingleTimer(nameof(StillWaiting), new StillWaiting(), ProbeTime);
        // The first of all runs code that is still being compiled; the cheapest tells more.
        if (_awaited is null || awaiting.Cost.Held < _awaited.Held)
            _awaited = awaiting.Cost;
    }

    // The best guess of how much longer something takes that has taken so long already is: as long again.
    private void OnStillWaiting()
    {
        if (_probe is not { HasSeen: false } probe)
            return;
        _measurement!.Add(2 * ProbeTime.TotalSeconds, _awaited!.Cpu, _awaited.Held, _awaited.Pause, 0);
        Choose(probe);
    }

    private void Measure(Measurement measurement, ImmutableArray<Cost> costs)
    {
        foreach (var cost in costs)
            measurement.Add(cost.Seconds, cost.Cpu, cost.Held, cost.Pause, cost.Bytes);
        if (_probe is { IsDone: true } probe)
            Choose(probe);
    }

    private Profile? Profile() => _profile ?? _measurement?.Profile(_total ?? Many, _splitSeconds);

    private void Choose(Probe probe)
    {
        (_profile, _measurement) = (Profile()!, null);
        var choice = probe.Choose(_profile);
        (_probe, _because) = (null, choice.Because);
        _log.Info("job.chosen job {Job} by {By}: {Because}", _job.Job, choice.By.Word(), choice.Because);
        _journal.Tell(new JournalWriter.Learn(_job.Job, _job.Kind, _work.ArgumentsJson, choice));
        if (choice.By != _by)
            Move(choice.By);
    }

    /// <summary>Goes on in another pool; what runs in this one ends there.</summary>
    private void Move(Technique by)
    {
        (_by, _left, _credit) = (by, _pool, 0);
        _left.Tell(new Pool.Release(_job.Job));
        _pool = _start.Seats![by].Pool;
        OpenPool();
        if (_isPaused)
            _pool.Tell(new Pool.Hold(_job.Job, On: true, _holds));
    }

    private void OnReleased(Pool.Released released)
    {
        if (_cancellation is not null)
            return;
        if (_halting)
            OnWithdrawn(new Pool.Withdrawn(released.Pieces.Count));
        else
            _due.Add(released.Pieces);
        OfferSoon();
    }
}
