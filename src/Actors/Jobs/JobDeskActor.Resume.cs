using Akka.Actor;
using Mailroom.Client;
using Mailroom.Input;
using Mailroom.Journal;
using Mailroom.Kinds;
using Mailroom.Logs;
using Mailroom.Model;

namespace Mailroom.Jobs;

/// <remarks>The jobs of earlier hosts.</remarks>
internal sealed partial class JobDeskActor
{
    /// <summary>Goes on with a job of an earlier host, or says why that must wait.</summary>
    private void Resume(AcceptedJob job)
    {
        var summary = job.Summary;
        if (_catalogue.Lacks(summary.Kind, job.Order.KindVersion) is { } missing)
        {
            _log.Warning(Event.JobWaits, "job {Job}: {Reason}", summary.Job, missing);
            Remember(summary with { Reason = missing });
            return;
        }
        if (job.Deaths >= _settings.MaxCrashes)
            summary = Held(job);
        else if (summary.State != JobState.Paused)
            summary = summary with { Reason = null };
        _log.Info(Event.JobResumed, "job {Job}: {Kind} by {By}", summary.Job, summary.Kind, summary.By.Word());
        var request = System.Text.Json.JsonSerializer.Deserialize<JobRequest>(job.Order.RequestJson, Codec.JsonOptions)!;
        var work = _catalogue.Find(summary.Kind).Open(job.Order.ArgumentsJson);
        var state = summary.State == JobState.Paused ? JobState.Paused : JobState.Running;
        // The time without a host counts too.
        var seconds = Math.Max(0, (_time.GetUtcNow() - job.BegunAt).TotalSeconds);
        var isAuto = summary.By == Technique.Threads && FirstBy(new JobDesk.Send(request, work)).IsAuto;
        Run(
            new JobRun.Start(
                job with
                {
                    Summary = summary with { State = state, Seconds = seconds },
                },
                request,
                work,
                Resumes: true,
                isAuto ? _pools : null
            )
        );
    }

    /// <summary>A job that seems to end whatever host runs it waits until a user says that it may go on.</summary>
    private JobSummary Held(AcceptedJob job)
    {
        var summary = job.Summary;
        var reason =
            $"{job.Deaths} hosts ended while they ran it, and nothing new was recorded; perhaps a piece ends its process. "
            + $"'mailroom jobs resume {summary.Job}' tries again; sent anew --by processes, a piece ends only its node";
        _log.Error(Event.JobHeld, "job {Job}: {Reason}", summary.Job, reason);
        _journal.Tell(new JournalWriter.Change(summary.Job, JobState.Paused, Reason: reason));
        var choice = new Choice(Technique.Processes, "hosts have died while they ran it, and a node contains what ends its process");
        _journal.Tell(new JournalWriter.Learn(null, summary.Kind, job.Order.ArgumentsJson, choice));
        return summary with { State = JobState.Paused, Reason = reason };
    }
}
