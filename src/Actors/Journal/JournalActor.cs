using Akka.Actor;
using Akka.Event;
using Mailroom.Input;
using Microsoft.Data.Sqlite;

namespace Mailroom.Journal;

/// <inheritdoc cref="JournalWriter"/>
/// <remarks>It waits for the disk in its handlers, which is why it has a thread of its own.</remarks>
internal sealed class JournalActor : ReceiveActor, IWithTimers
{
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(1);

    private readonly JournalFile _file;
    private readonly ILoggingAdapter _log = Context.GetLogger();

    // Ends that the disk has not taken yet; at most as many as jobs ended while it was full.
    private readonly Dictionary<int, JobDetail> _unwritten = [];

    public JournalActor(JournalFile file)
    {
        _file = file;
        Receive<JournalWriter.Accept>(accept => Sender.Tell(Accept(accept)));
        Receive<JournalWriter.End>(end => End(end.Job));
        Receive<JournalWriter.Read>(read => Sender.Tell(Read(read.Job)));
        Receive<WriteAgain>(_ => _unwritten.Values.ToList().ForEach(End));
    }

    public ITimerScheduler Timers { get; set; } = null!;

    protected override void PostStop() => _unwritten.Values.ToList().ForEach(End);

    private object Accept(JournalWriter.Accept accept)
    {
        try
        {
            return new JournalWriter.Accepted(accept.Request, _file.Accept(accept.Job, accept.ArgumentsJson));
        }
        catch (SqliteException error)
        {
            _log.Error(error, "journal.failed to accept a job: {Reason}", error.Message);
            return new JournalWriter.Refused(accept.Request, $"the journal {_file.Path} can't be written: {error.Message}");
        }
    }

    private void End(JobDetail job)
    {
        try
        {
            _file.End(job);
            _unwritten.Remove(job.Summary.Job);
        }
        catch (SqliteException error)
        {
            _log.Error(error, "journal.failed to record the end of job {Job}, which is tried again: {Reason}", job.Summary.Job, error.Message);
            _unwritten[job.Summary.Job] = job;
            Timers.StartSingleTimer(nameof(WriteAgain), new WriteAgain(), RetryAfter);
        }
    }

    private object Read(int job)
    {
        try
        {
            return _unwritten.GetValueOrDefault(job) ?? _file.Read(job) as object ?? new JournalWriter.NoSuchJob(job);
        }
        catch (SqliteException error)
        {
            _log.Error(error, "journal.failed to read job {Job}: {Reason}", job, error.Message);
            return new Status.Failure(new UserError($"the journal {_file.Path} can't be read: {error.Message}", ExitCode.Refused, error));
        }
    }

    private sealed record WriteAgain : Pools.ILocalMessage;
}
