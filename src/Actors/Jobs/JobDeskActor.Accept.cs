using System.Collections.Immutable;
using Akka.Actor;
using Akka.Event;
using Mailroom.Client;
using Mailroom.Input;
using Mailroom.Journal;
using Mailroom.Kinds;
using Mailroom.Logs;
using Mailroom.Model;

namespace Mailroom.Jobs;

/// <remarks>A job on its way in: checked, numbered and committed by the journal, then run.</remarks>
internal sealed partial class JobDeskActor
{
    private void OnSend(JobDesk.Send send)
    {
        if (Refusal(send) is { } refused)
        {
            Sender.Tell(refused);
            return;
        }
        var (by, isAuto) = FirstBy(send);
        var summary = new JobSummary(
            0,
            send.Request.Kind,
            by,
            JobState.Accepted,
            send.Request.Name,
            send.Request.Priority,
            _time.GetUtcNow(),
            new PieceCounts(null, 0, 0, 0),
            0,
            0,
            null
        );
        var order = new JobOrder(
            System.Text.Json.JsonSerializer.Serialize(send.Request with { Arguments = [] }, Codec.JsonOptions),
            send.Work.ArgumentsJson,
            send.KindVersion,
            send.Request.Workers ?? _pools[by].Workers,
            send.Request.Id
        );
        var job = new AcceptedJob(summary, order, summary.AcceptedAt);
        _committing[++_lastRequest] = (send, job, isAuto, Sender);
        _journal.Tell(new JournalWriter.Accept(_lastRequest, job, isAuto ? [.. send.Work.Kind.Techniques.Where(_pools.ContainsKey)] : []));
    }

    private JobDesk.Refused? Refusal(JobDesk.Send send) =>
        _drainers.Count > 0 ? new("the host is stopping and takes no new jobs", IsStopping: true)
        : send.Work.ArgumentsJson.Length > MaxArguments
            ? new(
                $"its arguments have {send.Work.ArgumentsJson.Length} characters; at most {MaxArguments} are allowed, so put "
                    + "long lists into a folder or a file"
            )
        : null;

    /// <summary>The technique with which a job begins, and whether it is to be chosen by measuring.</summary>
    private static (Technique By, bool IsAuto) FirstBy(JobDesk.Send send)
    {
        var kind = send.Work.Kind;
        if (send.Request.By is { } by)
            return (by, false);
        if (send.Work.NeedsProcess && kind.Techniques.Contains(Technique.Processes))
            return (Technique.Processes, false);
        if (kind.RunsPrograms)
            return (kind.Preferred, false); // what they compute is computed elsewhere, whoever waits for it
        return kind.Techniques is [var only] ? (only, false)
            : kind.Techniques.Contains(Technique.Threads) ? (Technique.Threads, true)
            : (kind.Preferred, false);
    }

    private void OnAccepted(JournalWriter.Accepted accepted)
    {
        if (!_committing.Remove(accepted.Request, out var waiting))
            return;
        if (accepted.Again is { } again)
        {
            waiting.Asker.Tell(new JobDesk.Accepted(accepted.Job));
            if (again.Unfinished is { } unfinished && !_running.ContainsKey(accepted.Job))
                Resume(unfinished); // a host that has ended since accepted it, and nobody else will run it for whoever sent it
            return;
        }
        var learned = accepted.Learned;
        var job = waiting.Job.Summary with { Job = accepted.Job, By = learned?.By ?? waiting.Job.Summary.By };
        _log.Info(Event.JobAccepted, "job {Job}: {Kind} by {By}", job.Job, job.Kind, job.By.Word());
        waiting.Asker.Tell(new JobDesk.Accepted(job.Job));
        Run(
            new JobRun.Start(
                waiting.Job with
                {
                    Summary = job,
                },
                waiting.Send.Request,
                waiting.Send.Work,
                Resumes: false,
                waiting.IsAuto && learned is null ? _pools : null,
                learned is null ? null : $"{learned.Because}; so it was found before"
            )
        );
    }

    private void OnRefused(JournalWriter.Refused refused)
    {
        if (_committing.Remove(refused.Request, out var waiting))
            waiting.Asker.Tell(new JobDesk.Refused(refused.Reason));
    }
}
