using System.Diagnostics;
using Akka.Actor;
using Akka.Event;
using Mailroom.Batches;
using Mailroom.Input;
using Mailroom.Inspection;
using Mailroom.Logs;

namespace Mailroom.Pools;

/// <content>What is done about pieces that do not end when they are told to.</content>
internal sealed partial class WorkerActor
{
    /// <summary>A piece that runs on though its time is over, and though it was told, holds its thread for ever.</summary>
    private void OnLook()
    {
        if (_leases.Values.All(lease => lease.Job.Spec.Timeout is null))
            Timers.Cancel(nameof(Look));
        else if (
            _beat.Now is { } now
            && _leases.TryGetValue(now.Lease, out var lease)
            && lease.Job.Spec.Timeout is { } timeout
            && Stopwatch.GetElapsedTime(now.Started) is var seconds
            && seconds > timeout + _settings.Grace
        )
            Break(
                now,
                lease,
                Outcome.Not(
                    How.Failed,
                    now.Piece,
                    $"timed out after {Quantity.Text(timeout)} and did not end when it was told to; {WhatIsDone}",
                    null,
                    seconds.TotalSeconds
                )
            );
    }

    private void OnGraceOver(GraceOver over)
    {
        var left = _leases.Where(pair => pair.Value.Job == over.Job).ToList();
        if (_beat.Now is { } now && _leases.TryGetValue(now.Lease, out var stuck) && stuck.Job == over.Job)
            Break(now, stuck, Outcome.Not(How.Abandoned, now.Piece, WhatIsDone, null, Stopwatch.GetElapsedTime(now.Started).TotalSeconds));
        else if (_settings.Width > 1)
            left.ForEach(pair => pair.Value.Abandoned.Cancel()); // they only wait: the runner stops waiting for them
        else
            foreach (var (id, lease) in left) // behind a piece of another job
                GiveBack(id, lease);
        ShowState();
        TellIfDrained();
    }

    private string WhatIsDone =>
        _settings.LastRung == Worker.LastRung.EndProcess
            ? "its process is ended"
            : "its thread is left behind, because a thread can't be ended; run such work by processes";

    /// <summary>The last rung: what can't be ended alone is ended with its process, or left behind with its thread.</summary>
    private void Break(Beat.Running now, HeldLease lease, Outcome outcome)
    {
        var job = lease.Job.Spec.Job;
        _log.Warning(
            Event.WorkerStuck,
            "piece {Piece} of job {Job} runs on {Grace} s after it was told to end; {WhatIsDone}",
            now.Piece.Index,
            job,
            _settings.Grace.TotalSeconds,
            WhatIsDone
        );
        lease.Account([outcome]);
        _outbox.Send(job, now.Lease, [outcome]);
        foreach (var (id, other) in _leases)
            GiveBack(id, other);
        _runner.Tell(PoisonPill.Instance); // and not stopped: Akka would wait for it with whatever this actor does later
        _leftBehind.Add(_runner);
        Roster.Of(Context.System).StatusOf(_runner).State = "left behind";
        if (_settings.LastRung == Worker.LastRung.EndProcess)
            Context.Parent.Tell(new Worker.Stuck($"piece {now.Piece.Index} of job {job} did not end when it was told to"));
        else if (_leftBehind.Count < MaxLeftBehind)
            StartRunner();
        else
        {
            _log.Error(
                Event.WorkerGaveUp,
                "it has left behind {Count} threads with pieces that never end, and runs no more",
                _leftBehind.Count
            );
            _drain.Cancel();
            _pool.Tell(new Pool.Leave());
        }
        ShowState();
        TellIfDrained();
    }

    /// <summary>Takes a lease from the runner; what it has not told yet of it nobody waits for.</summary>
    private void GiveBack(long id, HeldLease lease)
    {
        lease.Abandoned.Cancel();
        _leases.Remove(id);
        if (lease.Left > 0)
            _outbox.Send(
                lease.Job.Spec.Job,
                id,
                Ends.Each(
                    lease.Remaining,
                    piece => lease.Job.Cancellation.IsCancellationRequested ? Outcome.Cancelled(piece) : Outcome.HandedBack(piece)
                )
            );
    }

    private sealed record GraceOver(OpenJob Job) : ILocalMessage;
}
