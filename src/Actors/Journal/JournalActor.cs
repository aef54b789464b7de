using Akka.Actor;
using Akka.Event;
using Mailroom.Client;
using Mailroom.Input;
using Mailroom.Inspection;
using Mailroom.Logs;
using Mailroom.Model;

namespace Mailroom.Journal;

/// <inheritdoc cref="JournalWriter"/>
/// <remarks>
/// It waits for the disk in its handlers, which is why it has a thread of its own. Records that come while it waits are
/// committed together: the more there is to do, the more each commit does.
/// </remarks>
internal sealed class JournalActor : ReceiveActor, IWithTimers
{
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(1);

    private readonly IJournalStore _store;
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly ActorStatus _status = Roster.Of(Context.System).StatusOf(Context.Self);

    // What the disk has not taken yet, in the order in which it came: records, changes and ends. The jobs begin nothing
    // new while it takes nothing, so it can't grow without a bound.
    private readonly List<(IActorRef Asker, object Write)> _pending = [];
    private bool _committing;

    // Why the disk takes nothing, as long as it does not.
    private string? _stalled;

    public JournalActor(IJournalStore store)
    {
        _store = store;
        Receive<JournalWriter.Accept>(accept => Sender.Tell(Accept(accept)));
        Receive<JournalWriter.Record>(OnWrite);
        Receive<JournalWriter.Change>(OnWrite);
        Receive<JournalWriter.End>(OnWrite);
        Receive<Commit>(_ => OnCommit());
        Receive<JournalWriter.Replay>(OnReplay);
        Receive<JournalWriter.Learn>(OnLearn);
        Receive<JournalWriter.Close>(_ => OnClose());
        Receive<JournalWriter.Order>(OnOrder);
        Receive<JournalWriter.Remove>(OnRemove);
        Receive<JournalWriter.Read>(read =>
            Sender.Tell(Ask(() => PendingEnd(read.Job) ?? _store.Read(read.Job) as object ?? new JournalWriter.NoSuchJob(read.Job)))
        );
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
            if (accept.Job.Order.Id is { } id && _store.Find(id) is { } known)
                return _store.Order(known)?.IsSameWorkAs(accept.Job) == true
                    ? new JournalWriter.Accepted(accept.Request, known, Again: new JournalWriter.Known(_store.Unfinished(known)))
                    : new JournalWriter.Refused(accept.Request, $"job {known} has the id '{id}' and is other work; each needs its own");
            var learned =
                accept.Choosable.Length > 0
                && _store.Learned(accept.Job.Summary.Kind, accept.Job.Order.ArgumentsJson) is { } choice
                && accept.Choosable.Contains(choice.By)
                    ? choice
                    : null;
            return new JournalWriter.Accepted(
                accept.Request,
                _store.Accept(accept.Job.Summary with { By = learned?.By ?? accept.Job.Summary.By }, accept.Job.Order),
                learned
            );
        }
        catch (StoreException error)
        {
            _log.Error(error, Event.JournalFailed, "to accept a job: {Reason}", error.Message);
            return new JournalWriter.Refused(accept.Request, CantWrite(error));
        }
        catch (UserError error)
        {
            _log.Error(Event.JournalFailed, "to read: {Reason}", error.Message);
            return new JournalWriter.Refused(accept.Request, error.Message);
        }
    }

    private void OnWrite(object write)
    {
        _pending.Add((Sender, write));
        if (_stalled is null)
            CommitSoon();
        else if (write is JournalWriter.Record)
            Sender.Tell(new JournalWriter.Stalled(_stalled));
    }

    /// <summary>How a job ended, as long as that is not on the disk.</summary>
    private JobDetail? PendingEnd(int job) =>
        _pending.Select(entry => entry.Write).OfType<JournalWriter.End>().LastOrDefault(end => end.Job.Summary.Job == job)?.Job;

    // What is to be read may be about to change.
    private void OnReplay(JournalWriter.Replay replay)
    {
        if (_pending.Any(entry => entry.Write is JournalWriter.Change change && change.Job == replay.Job))
            OnWrite(replay);
        else
            Sender.Tell(Ask(() => Replay(replay)));
    }

    private void OnLearn(JournalWriter.Learn learn)
    {
        try
        {
            _store.Learn(learn.Job, learn.Kind, learn.ArgumentsJson, learn.Choice);
        }
        catch (StoreException error)
        {
            _log.Warning(
                Event.JournalFailed,
                "to write what was learned of {Kind}, which is measured again: {Reason}",
                learn.Kind,
                error.Message
            );
        }
    }

    private void OnClose()
    {
        OnCommit();
        try
        {
            _store.Close();
        }
        catch (StoreException error)
        {
            _log.Error(error, Event.JournalFailed, "to write that this host ends in order: {Reason}", error.Message);
        }
        Sender.Tell(new JournalWriter.Closed());
    }

    private void OnOrder(JournalWriter.Order order)
    {
        OnCommit();
        Sender.Tell(Ask(() => _store.Order(order.Job) as object ?? new JournalWriter.NoSuchJob(order.Job)));
    }

    private void OnRemove(JournalWriter.Remove remove)
    {
        OnCommit(); // what ended just now has ended
        var answer = Ask(() =>
            _stalled is null
                ? new JournalWriter.Removed(remove.Job, [.. _store.Remove(remove.Job, remove.Before)], remove.For)
                : throw new UserError(_stalled, ExitCode.Refused)
        );
        (answer is Status.Failure ? remove.For : Sender).Tell(answer);
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
        if (WritePending() is { } reason)
            Stall(reason);
        else
            Resume();
        _status.State = _stalled is null ? "writing" : $"stalled, {_pending.Count} records wait";
    }

    /// <returns>why the disk takes nothing now, or null when all is written</returns>
    private string? WritePending()
    {
        for (var most = int.MaxValue; _pending.Count > 0; )
        {
            var count = Math.Clamp(_pending.TakeWhile(entry => entry.Write is JournalWriter.Record).Count(), 1, most);
            try
            {
                Write(count);
                _pending.RemoveRange(0, count);
            }
            catch (StoreException error) when (error.MayPass)
            {
                _log.Error(error, Event.JournalFailed, "to write, which is tried again: {Reason}", error.Message);
                return CantWrite(error);
            }
            catch (Exception) when (count > 1)
            {
                most = 1; // one of them can never be written: which one shows when each is written alone
            }
            catch (Exception error)
            {
                _log.Error(error, Event.JournalFailed, "to write, and never will: {Reason}", error.Message);
                GiveUp(_pending[0], error.Message);
            }
        }
        return null;
    }

    private void Write(int count)
    {
        switch (_pending[0].Write)
        {
            case JournalWriter.Record:
                var records = _pending.Take(count).Select(entry => (entry.Asker, Record: (JournalWriter.Record)entry.Write)).ToList();
                _store.Record(records.Select(entry => entry.Record));
                foreach (var (asker, record) in records)
                    asker.Tell(new JournalWriter.Recorded(record.Job, record.Number));
                break;
            case JournalWriter.Change change:
                _store.Change(change.Job, change.State, change.Again, change.Reason);
                break;
            case JournalWriter.Replay replay:
                _pending[0].Asker.Tell(Ask(() => Replay(replay)));
                break;
            case JournalWriter.End end:
                _store.End(end.Job);
                break;
            default:
                throw new InvalidOperationException($"the journal has no place for {_pending[0].Write}");
        }
    }

    /// <summary>A job pays for what can't be written of it, and the others go on.</summary>
    private void GiveUp((IActorRef Asker, object Write) entry, string reason)
    {
        _pending.RemoveAt(0);
        if (entry.Write is JournalWriter.Record record)
            entry.Asker.Tell(new JournalWriter.Unrecordable(record.Job, record.Number, reason));
        else if (entry.Write is JournalWriter.End { Job: { Answer: not null } job })
        {
            var without = job with
            {
                Answer = null,
                Summary = job.Summary with { State = JobState.Failed, Reason = $"its answer can't be recorded: {reason}" },
            };
            _pending.Insert(0, (entry.Asker, new JournalWriter.End(without)));
        }
    }

    private void Stall(string reason)
    {
        if (_stalled is null)
            foreach (var asker in _pending.Where(entry => entry.Write is JournalWriter.Record).Select(entry => entry.Asker).Distinct())
                asker.Tell(new JournalWriter.Stalled(reason));
        _stalled = reason;
        Timers.StartSingleTimer(nameof(Commit), Commit.Now, RetryAfter);
    }

    private void Resume()
    {
        if (_stalled is not null)
            _log.Info(Event.JournalResumed, "and takes records again");
        _stalled = null;
    }

    private JournalWriter.Replayed Replay(JournalWriter.Replay replay)
    {
        var (done, after) = _store.Replay(replay.Job, replay.After);
        return replay.After == 0
            ? new JournalWriter.Replayed([.. done], [.. _store.Dead(replay.Job)], [.. _store.Attempts(replay.Job)], after)
            : new JournalWriter.Replayed([.. done], [], [], after);
    }

    private string CantWrite(StoreException error) =>
        $"the journal {_store.Place} can't be written: {error.Message.TrimEnd('.')}; make room or make it writable, and try again";

    private object Ask(Func<object> read)
    {
        try
        {
            return read();
        }
        catch (UserError error)
        {
            _log.Error(Event.JournalFailed, "to read: {Reason}", error.Message);
            return new Status.Failure(error);
        }
        catch (StoreException error)
        {
            _log.Error(error, Event.JournalFailed, "to read: {Reason}", error.Message);
            return new Status.Failure(new UserError($"the journal {_store.Place} can't be read: {error.Message}", ExitCode.Refused, error));
        }
    }

    private sealed record Commit : ILocalMessage
    {
        public static Commit Now { get; } = new();
    }
}
