using Akka.Actor;
using Mailroom.Batches;
using Mailroom.Client;
using Mailroom.Journal.Sqlite;
using Mailroom.Kinds;
using Mailroom.Model;

namespace Mailroom.Journal;

/// <summary>The writer with a real SQLite, whose errors are real ones too.</summary>
public sealed class JournalActorSpecs : ActorSpec
{
    private readonly SqliteJournal _file = SqliteJournal.Open(":memory:");
    private readonly IActorRef _journal;

    public JournalActorSpecs()
    {
        foreach (var _ in new[] { 1, 2 })
            _file.Accept(Summary(0), new JobOrder("{}", "{}", "", 2));
        _journal = Sys.ActorOf(JournalWriter.Props(_file), "journal");
    }

    private static JobSummary Summary(int number) =>
        new(
            number,
            "integrate",
            Technique.Threads,
            JobState.Accepted,
            null,
            Priority.Normal,
            DateTimeOffset.UnixEpoch,
            new PieceCounts(null, 0, 0, 0),
            0,
            0,
            null
        );

    private static JournalWriter.Record Record(int job, int piece)
    {
        var made = new Piece(piece, 1, 0, Payload.Of(new byte[] { 1 }));
        return new JournalWriter.Record(
            job,
            piece + 1,
            [Outcome.Done(made, Payload.Of(new byte[] { 2 }), 0.1)],
            new RanBy("host", "worker-1"),
            []
        );
    }

    private void Execute(string sql)
    {
        using var command = _file.Connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    /// <summary>The disk takes nothing: SQLite may use no page more, and there is a lot to write.</summary>
    private void Fill() =>
        Execute(
            "pragma max_page_count = 1; create temp trigger full before update on jobs begin insert into records (job, pieces, data, "
                + "checksum) values (9, 0, zeroblob(1000000), 0); end"
        );

    private void Free() => Execute("pragma max_page_count = 1000000; drop trigger full");

    [Fact]
    public void Journal_should_not_take_other_work_for_a_job_because_it_has_the_same_id()
    {
        object Accept(long request, string kind, string arguments)
        {
            var job = new AcceptedJob(
                Summary(0) with
                {
                    Kind = kind,
                },
                new JobOrder("{}", arguments, "", 2, "again"),
                DateTimeOffset.UnixEpoch
            );
            _journal.Tell(new JournalWriter.Accept(request, job, []), TestActor);
            return ExpectMsg<object>();
        }

        Assert.Equal(3, Assert.IsType<JournalWriter.Accepted>(Accept(1, "integrate", "{}")).Job);
        Assert.Equal(3, Assert.IsType<JournalWriter.Accepted>(Accept(2, "integrate", "{}")).Job);
        Assert.Contains("job 3 has the id 'again'", Assert.IsType<JournalWriter.Refused>(Accept(3, "words", "{}")).Reason);
        Assert.Contains("other work", Assert.IsType<JournalWriter.Refused>(Accept(4, "integrate", """{"steps":1}""")).Reason);
        Assert.Equal(3, _file.Last(9).Count); // of which two were there before
    }

    [Fact]
    public void Journal_should_let_one_job_pay_for_a_record_that_can_never_be_written()
    {
        Execute("create temp trigger never before insert on records when new.job = 1 begin select raise(abort, 'never'); end");
        _journal.Tell(Record(2, 0), TestActor);
        _journal.Tell(Record(1, 0), TestActor);
        _journal.Tell(Record(2, 1), TestActor);
        Assert.Equal(2, ExpectMsg<JournalWriter.Recorded>().Job);
        var lost = ExpectMsg<JournalWriter.Unrecordable>();
        Assert.Equal(1, lost.Job);
        Assert.Contains("never", lost.Reason);
        Assert.Equal(2, ExpectMsg<JournalWriter.Recorded>().Job);
        Assert.Equal(2, _file.Replay(2, 0).Done.Sum(batch => batch.Count));
    }

    [Fact]
    public void Journal_should_record_how_a_job_ended_though_its_answer_can_not_be_recorded()
    {
        Execute(
            "create temp trigger never before update on jobs when new.answer is not null begin select raise(abort, 'string or blob "
                + "too big'); end"
        );
        _journal.Tell(
            new JournalWriter.End(new JobDetail(Summary(1) with { State = JobState.Completed }, "{}", new Answer("1", "1"), [], []))
        );
        Settle(_journal, _journal); // twice: what it tells itself comes behind
        _journal.Tell(new JournalWriter.Read(1), TestActor);
        var read = ExpectMsg<JobDetail>();
        Assert.Equal(JobState.Failed, read.Summary.State);
        Assert.StartsWith("its answer can't be recorded: ", read.Summary.Reason);
        Assert.Equal(JobState.Failed, _file.Read(1)!.Summary.State);
    }

    [Fact]
    public void Journal_should_accept_a_job_by_what_was_learned_of_its_like_if_that_can_be_had()
    {
        _file.Learn(null, "integrate", "{}", new Choice(Technique.Processes, "it crashes"));
        foreach (var (choosable, by) in new[] { (Technique.Processes, Technique.Processes), (Technique.Async, Technique.Threads) })
        {
            _journal.Tell(
                new JournalWriter.Accept(
                    1,
                    new AcceptedJob(Summary(0), new JobOrder("{}", "{}", "", 2), default),
                    [Technique.Threads, choosable]
                ),
                TestActor
            );
            Assert.Equal(by, _file.Read(ExpectMsg<JournalWriter.Accepted>().Job)!.Summary.By);
        }
    }

    [Fact]
    public void Journal_should_try_a_change_again_until_the_disk_takes_it()
    {
        Fill();
        _journal.Tell(new JournalWriter.Change(1, JobState.Paused));
        Settle(_journal, _journal); // twice: what it tells itself comes behind
        Assert.Equal(JobState.Accepted, _file.Read(1)!.Summary.State);
        _journal.Tell(Record(2, 0), TestActor);
        Assert.Contains("can't be written", ExpectMsg<JournalWriter.Stalled>().Reason);
        Free();
        Clock.Advance(TimeSpan.FromSeconds(1));
        ExpectMsg<JournalWriter.Recorded>();
        Assert.Equal(JobState.Paused, _file.Read(1)!.Summary.State);
    }

    [Fact]
    public void Journal_should_tell_what_is_recorded_only_when_it_has_forgotten_what_is_to_run_again()
    {
        var piece = new Piece(3, 5, 0, Payload.Of(new byte[] { 1 }));
        _file.Record([
            new JournalWriter.Record(1, 1, [Outcome.Not(How.Failed, piece, "thrown", null, 0.1)], new RanBy("host", "worker-1"), []),
        ]);
        Fill();
        _journal.Tell(new JournalWriter.Change(1, JobState.Running, Again: DateTimeOffset.UnixEpoch));
        _journal.Tell(new JournalWriter.Replay(1, 0), TestActor);
        Settle(_journal, _journal); // twice: what it tells itself comes behind
        ExpectNoMsg(TimeSpan.Zero);
        Free();
        Clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Empty(ExpectMsg<JournalWriter.Replayed>().Dead);
    }
}
