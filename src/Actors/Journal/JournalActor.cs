using Akka.Actor;
using Akka.Event;
using Mailroom.Input;
using Mailroom.Inspection;
using Microsoft.Data.Sqlite;

namespace Mailroom.Journal;

/// <inheritdoc cref="JournalWriter"/>
/// <remarks>
/// It waits for the disk in its handlers, which is why it has a thread of its own. Records that come while it waits are
/// committed together: the more there is to do, the more each commit does.
/// </remarks>
internal sealed class JournalActor : ReceiveActor, IWithTimers
{
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(1);

    private readonly JournalFile _file;
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly ActorStatus _status = Roster.Of(Context.System).StatusOf(Context.Self);

    // What the disk has not taken yet; the jobs begin nothing new meanwhile, so it can't grow without a bound.
    private readonly List<(IActorRef Asker, JournalWriter.Record Record)> _records = [];
    private readonly Dictionary<int, JobDetail> _ends = [];
    private bool _committing;

    // Why the disk takes nothing, as long as it does not.
    private string? _stalled;

    public JournalActor(JournalFile file)
    {
        _file = file;
        Receive<JournalWriter.Accept>(accept => Sender.Tell(Accept(accept)));
        Receive<JournalWriter.Record>(OnRecord);
        Receive<Commit>(_ => OnCommit());
        Receive<JournalWriter.Replay>(replay => Sender.Tell(Ask(() => Replay(replay))));
        Receive<JournalWriter.Change>(OnChange);
        Receive<JournalWriter.Suspended>(OnSuspended);
        Receive<JournalWriter.Learn>(learn => Try($"what was learned of {learn.Kind}", () => _file.Learn(learn.Kind, learn.ArgumentsJson, learn.Choice)));
        Receive<JournalWriter.Flush>(_ => OnFlush());
        Receive<JournalWriter.Order>(OnOrder);
        Receive<JournalWriter.End>(OnEnd);
        Receive<JournalWriter.Read>(read => Sender.Tell(Ask(() => _ends.GetValueOrDefault(read.Job) ?? _file.Read(read.Job) as object ?? new JournalWriter.NoSuchJob(read.Job))));
    }

    public ITimerScheduler Timers { get; set; } = null!;

    protected override void PostStop() => OnCommit();

    // A small row may still fit where records don't; but a job that could not go on is not to be accepted.
    private object Accept(JournalWriter.Accept accept)
    {
        if (_stalled is not null)
            return new JournalWriter.Refused(accept.Request, _stalled);
        try
        {
            return new JournalWriter.Accepted(accept.Request, _file.Accept(accept.Job, accept.Order), accept.IsAuto ? _file.Learned(accept.Job.Kind, accept.Order.ArgumentsJson) : null);
        }
        catch (SqliteException error)
        {
            _log.Error(error, "journal.failed to accept a job: {Reason}", error.Message);
            return new JournalWriter.Refused(accept.Request, CantWrite(error));
        }
    }

    private void OnRecord(JournalWriter.Record record)
    {
        _records.Add((Sender, record));
        if (_stalled is not null)
            Sender.Tell(new JournalWriter.Stalled(_stalled));
        else
            CommitSoon();
    }

    // What came before must be written before.
    private void OnChange(JournalWriter.Change change)
    {
        OnCommit();
        Try($"that job {change.Job} is {change.State}", () => _file.Change(change.Job, change.State, change.ForgetDead, change.Reason));
    }

    private void OnSuspended(JournalWriter.Suspended suspended)
    {
        OnCommit();
        Try($"that job {suspended.Job} is left to the next host", () => _file.Suspend(suspended.Job));
    }

    private void OnFlush()
    {
        OnCommit();
        Sender.Tell(new JournalWriter.Flushed());
    }

    private void OnOrder(JournalWriter.Order order)
    {
        OnCommit();
        Sender.Tell(Ask(() => _file.Order(order.Job) as object ?? new JournalWriter.NoSuchJob(order.Job)));
    }

    private void OnEnd(JournalWriter.End end)
    {
        _ends[end.Job.Summary.Job] = end.Job;
        if (_stalled is null)
            CommitSoon();
    }

    // Through the mailbox: whatever waits there already goes into the same commit.
    private void CommitSoon()
    {
        if (_committing)
            return;
        _committing = true;
        Self.Tell(Commit.Now);
    }

    private void OnCommit()
    {
        _committing = false;
        if (Try("records, which is tried again", Write) is { } reason)
            Stall(reason);
        else
            Resume();
        _status.State = _stalled is null ? "writing" : $"stalled, {_records.Count} records wait";
    }

    private void Write()
    {
        if (_records.Count > 0)
            _file.Record(_records.Select(entry => entry.Record));
        foreach (var (asker, record) in _records)
            asker.Tell(new JournalWriter.Recorded(record.Job));
        _records.Clear();
        foreach (var job in _ends.Values.ToList())
        {
            _file.End(job);
            _ends.Remove(job.Summary.Job);
        }
    }

    private void Stall(string reason)
    {
        if (_stalled is null)
            foreach (var asker in _records.Select(entry => entry.Asker).Distinct())
                asker.Tell(new JournalWriter.Stalled(reason));
        _stalled = reason;
        Timers.StartSingleTimer(nameof(Commit), Commit.Now, RetryAfter);
    }

    private void Resume()
    {
        if (_stalled is not null)
            _log.Info("journal.resumed and takes records again");
        _stalled = null;
    }

    private JournalWriter.Replayed Replay(JournalWriter.Replay replay)
    {
        var (pieces, after) = _file.Replay(replay.Job, replay.After);
        return new JournalWriter.Replayed([.. pieces], replay.After == 0 ? [.. _file.Attempts(replay.Job)] : [], after);
    }

    /// <returns>why it could not be written, or null</returns>
    private string? Try(string what, Action write)
    {
        try
        {
            write();
            return null;
        }
        catch (SqliteException error)
        {
            _log.Error(error, "journal.failed to write {What}: {Reason}", what, error.Message);
            return CantWrite(error);
        }
    }

    private string CantWrite(SqliteException error) => $"the journal {_file.Path} can't be written: {error.Message.TrimEnd('.')}; make room or make it writable, and try again";

    private object Ask(Func<object> read)
    {
        try
        {
            return read();
        }
        catch (UserError error)
        {
            _log.Error("journal.failed to read: {Reason}", error.Message);
            return new Status.Failure(error);
        }
        catch (SqliteException error)
        {
            _log.Error(error, "journal.failed to read: {Reason}", error.Message);
            return new Status.Failure(new UserError($"the journal {_file.Path} can't be read: {error.Message}", ExitCode.Refused, error));
        }
    }

    private sealed record Commit : Pools.ILocalMessage
    {
        public static Commit Now { get; } = new();
    }
}
