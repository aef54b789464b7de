using Mailroom.Batches;
using Mailroom.Client;
using Mailroom.Kinds;
using Mailroom.Model;

namespace Mailroom.Journal;

/// <summary>What every store of the journal keeps to.</summary>
public abstract class JournalStoreSpecs
{
    /// <summary>Opens the store anew; whoever had it open before has closed it, or died.</summary>
    private protected abstract IJournalStore Open();

    protected static DateTimeOffset Time { get; } = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

    protected static JobSummary Job(int number = 0) =>
        new(
            number,
            "integrate",
            Technique.Threads,
            JobState.Accepted,
            "mine",
            Priority.High,
            new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero),
            new PieceCounts(null, 0, 0, 0),
            0,
            0,
            null
        );

    protected static JobOrder Order(string arguments = "{}") => new("{\"kind\":\"integrate\"}", arguments, "", 2);

    protected static Outcome Done(int piece, params byte[] result) =>
        Outcome.Done(new Piece(piece, 1, 0, Payload.None), Payload.Of(result), 0.1);

    protected static Outcome Dead(int piece) => Outcome.Not(How.Failed, new Piece(piece, 5, 2, Payload.None), "thrown", "the stack", 0.1);

    protected static JournalWriter.Record Ended(int job, params Outcome[] outcomes) =>
        new(job, 1, [.. outcomes], new RanBy("node-1", "worker-1"), []);

    protected static Outcome Attempt(int piece, string reason) =>
        Outcome.Not(How.Failed, new Piece(piece, 1, 0, Payload.None), reason, "the stack", 0.5) with
        {
            By = new RanBy("node-1", "worker-1"),
            At = new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero),
        };

    protected static string Text(IEnumerable<Batch> done) =>
        string.Join(
            ' ',
            done.SelectMany(batch => batch)
                .Select(piece => $"{piece.Index}:{piece.Attempt}:{piece.Crashes}:{Convert.ToHexString(piece.Payload.Bytes.Span)}")
        );

    [Fact]
    public void Journal_should_number_jobs_on_from_the_last_even_after_a_restart()
    {
        using (var journal = Open())
            Assert.Equal([1, 2], new[] { journal.Accept(Job(), Order()), journal.Accept(Job(), Order()) });
        using var again = Open();
        Assert.Equal(3, again.Accept(Job(), Order()));
    }

    [Fact]
    public void Journal_should_know_a_request_again_by_its_id()
    {
        using var journal = Open();
        Assert.Null(journal.Find("a"));
        journal.Accept(Job(), Order() with { Id = "a" });
        journal.Accept(Job(), Order());
        Assert.Equal((1, 1), (journal.Find("a"), journal.Unfinished(1)?.Summary.Job));
        Assert.Throws<StoreException>(() => journal.Accept(Job(), Order() with { Id = "a" }));
        journal.End(
            new JobDetail(
                Job(1) with
                {
                    State = JobState.Completed,
                },
                "{}",
                new Answer("1", "1", ["a notice"], IsExact: true, "file"),
                [],
                []
            )
        );
        Assert.Null(journal.Unfinished(1));
        Assert.Equal(
            ("a notice", true, "file"),
            journal.Read(1)!.Answer is { } answer ? (Assert.Single(answer.Notices!), answer.IsExact, answer.File) : default
        );
        Assert.Equal(["file"], journal.AnswerFiles());
    }

    [Fact]
    public void Journal_should_give_a_job_back_as_it_ended()
    {
        var ended = new JobDetail(
            Job(1) with
            {
                State = JobState.Failed,
                Pieces = new PieceCounts(10, 9, 1, 2),
                Seconds = 1.5,
                Workers = 2,
                Reason = "1 of 10 pieces is dead",
            },
            "{\"a\":1}",
            new Answer("{\"ran\":9}", "9"),
            [Outcome.Not(How.GaveUp, new Piece(3, 5, 0, Payload.None), "thrown", "stack", 0) with { By = new RanBy("host", "") }],
            [],
            "pieces compute",
            new Profile(10, 0.1, 0.1, 0.1, 0, 20)
        );
        using (var journal = Open())
        {
            journal.Accept(Job(), Order("{\"a\":1}"));
            journal.End(ended);
        }
        using var again = Open();
        var read = again.Read(1)!;
        Assert.Equal(ended.Summary, read.Summary);
        Assert.Equal(
            (ended.Answer, ended.ArgumentsJson, ended.Because, ended.Profile),
            (read.Answer, read.ArgumentsJson, read.Because, read.Profile)
        );
        Assert.Equal(ended.Failures.AsEnumerable(), read.Failures);
        Assert.Equal(ended.Summary, again.Last(10).Single());
    }

    [Fact]
    public void Journal_should_know_after_a_crash_what_is_unfinished_and_what_of_it_is_recorded()
    {
        using (var journal = Open())
        {
            journal.Accept(Job(), Order("{\"a\":1}"));
            journal.Accept(Job(), Order());
            journal.Record([Ended(1, Done(0, 1, 2), Dead(7)), Ended(2, Done(5))]);
            journal.Record([Ended(1, Done(1))]);
            journal.End(new JobDetail(Job(2) with { State = JobState.Completed }, "{}", null, [], []));
        }
        using var again = Open();
        var unfinished = again.Unfinished().Single();
        Assert.Equal((1, Order("{\"a\":1}")), (unfinished.Summary.Job, unfinished.Order));
        var (pieces, after) = again.Replay(1, 0);
        Assert.Equal(("0:1:0:0102 1:1:0:", null), (Text(pieces), after));
        var dead = Assert.Single(again.Dead(1));
        Assert.Equal(
            (7, 5, 2, "thrown", 7, "node-1"),
            (dead.Piece.Index, dead.Piece.Attempt, dead.Piece.Crashes, dead.Reason, dead.Attempts, dead.By.Node)
        );
        Assert.Empty(again.Replay(2, 0).Done);
    }

    [Fact]
    public void Journal_should_keep_the_attempts_that_failed_and_forgive_those_of_pieces_that_run_again()
    {
        using (var journal = Open())
        {
            journal.Accept(Job(), Order());
            journal.Record([Ended(1) with { Attempts = [Attempt(3, "thrown"), Attempt(4, "thrown too")] }]);
        }
        using var again = Open();
        Assert.Equal([Attempt(3, "thrown") with { Detail = null }, Attempt(4, "thrown too") with { Detail = null }], again.Attempts(1));
        again.Change(1, JobState.Running, Time, null);
        Assert.Empty(again.Attempts(1));
        Assert.Equal([Attempt(3, "thrown"), Attempt(4, "thrown too")], again.Read(1)!.Attempts.AsEnumerable());
    }

    [Fact]
    public void Journal_should_remember_what_was_learned_of_a_kind_with_the_same_arguments()
    {
        var choice = new Choice(Technique.Async, "pieces wait");
        using (var journal = Open())
            journal.Learn(null, "words", "{\"a\":1}", choice);
        using var again = Open();
        Assert.Equal(
            (choice, null, null),
            (again.Learned("words", "{\"a\":1}"), again.Learned("words", "{\"a\":2}"), again.Learned("fetch", "{\"a\":1}"))
        );
    }

    [Fact]
    public void Journal_should_count_the_hosts_that_died_over_a_job_as_long_as_nothing_new_is_recorded()
    {
        using var journal = Open();
        journal.Accept(Job(), Order());
        Assert.Equal([1, 2], new[] { journal.TakeOver(1, goesOn: true), journal.TakeOver(1, goesOn: true) });
        journal.Record([Ended(1, Done(0))]);
        Assert.Equal([1, 2], new[] { journal.TakeOver(1, goesOn: true), journal.TakeOver(1, goesOn: true) });
        journal.Close(); // this one ends in order
        Assert.Equal([0, 1], new[] { journal.TakeOver(1, goesOn: true), journal.TakeOver(1, goesOn: true) });
    }

    [Fact]
    public void Journal_should_count_no_host_that_only_waited_for_one_that_knows_the_kind()
    {
        using var journal = Open();
        journal.Accept(Job(), Order());
        Assert.Equal(
            [1, 1, 1, 2],
            new[]
            {
                journal.TakeOver(1, goesOn: false),
                journal.TakeOver(1, goesOn: false),
                journal.TakeOver(1, goesOn: true),
                journal.TakeOver(1, goesOn: true),
            }
        );
    }

    [Fact]
    public void Journal_should_leave_it_to_the_next_host_to_count_the_death_over_a_job_that_this_one_does_not_run()
    {
        using (var died = Open())
            died.Accept(Job(), Order());
        using (var brief = Open())
            brief.Close();
        using var next = Open();
        Assert.Equal(1, next.TakeOver(1, goesOn: true));
    }

    [Fact]
    public void Journal_should_keep_the_last_jobs_and_the_unfinished_ones()
    {
        using var journal = Open();
        for (var number = 1; number <= 4; number++)
        {
            journal.Accept(Job(), Order());
            journal.Record([Ended(number, Done(0), Dead(1)) with { Attempts = [Attempt(1, "thrown")] }]);
            if (number != 1)
                journal.End(new JobDetail(Job(number) with { State = JobState.Failed }, "{}", null, [], []));
        }
        journal.Forget(allBut: 2);
        Assert.Equal([4, 3, 1], journal.Last(10).Select(job => job.Job));
        Assert.Equal(
            [true, false, true, true],
            Enumerable.Range(1, 4).Select(job => journal.Replay(job, 0).Done.Count > 0 && journal.Attempts(job).Count > 0)
        );
    }

    [Fact]
    public void Journal_should_remove_jobs_that_have_ended_and_never_use_their_numbers_again()
    {
        using var journal = Open();
        for (var number = 1; number <= 4; number++)
        {
            var job = Job(number) with { AcceptedAt = DateTimeOffset.UnixEpoch.AddDays(number) };
            journal.Accept(job with { Job = 0 }, Order());
            journal.Record([Ended(number, Done(0), Dead(1)) with { Attempts = [Attempt(1, "thrown")] }]);
            if (number != 2)
                journal.End(new JobDetail(job with { State = JobState.Failed }, "{}", null, [], []));
        }
        Assert.Empty(journal.Remove(2, DateTimeOffset.MaxValue)); // it has not ended
        Assert.Equal([4], journal.Remove(4, DateTimeOffset.MaxValue));
        Assert.Equal([1], journal.Remove(null, DateTimeOffset.UnixEpoch.AddDays(3)));
        Assert.Equal([3, 2], journal.Last(10).Select(job => job.Job));
        Assert.Null(journal.Read(4));
        Assert.Empty(journal.Replay(4, 0).Done);
        Assert.Empty(journal.Dead(4));
        Assert.Empty(journal.Attempts(4));
        Assert.Equal(5, journal.Accept(Job(), Order()));
    }

    [Fact]
    public void Journal_should_forget_what_was_recorded_of_a_job_after_it_was_cancelled()
    {
        using var journal = Open();
        journal.Accept(Job(), Order());
        journal.End(new JobDetail(Job(1) with { State = JobState.Cancelled }, "{}", null, [], []));
        journal.Record([Ended(1, Done(0))]); // it was under way, and then the host died
        journal.Forget(allBut: 10);
        Assert.Empty(journal.Replay(1, 0).Done);
    }

    [Fact]
    public void Journal_should_give_back_a_long_record_in_parts()
    {
        using var journal = Open();
        journal.Accept(Job(), Order());
        for (var piece = 0; piece < 5; piece++)
            journal.Record([Ended(1, Done(piece, new byte[600_000]))]);
        var seen = new List<int>();
        for (long? after = 0; after is { } mark; )
        {
            (var pieces, after) = journal.Replay(1, mark);
            Assert.InRange(pieces.Count, 0, 2);
            seen.AddRange(pieces.SelectMany(batch => batch).Select(piece => piece.Index));
        }
        Assert.Equal([0, 1, 2, 3, 4], seen);
    }

    [Fact]
    public void Journal_should_forget_dead_pieces_that_are_to_run_again_and_keep_the_others()
    {
        using var journal = Open();
        journal.Accept(Job(), Order());
        journal.Record([Ended(1, Done(0), Dead(1))]);
        journal.End(new JobDetail(Job(1) with { State = JobState.Failed }, "{}", null, [], []));
        journal.Change(1, JobState.Running, Time + TimeSpan.FromDays(1), null);
        Assert.Equal("0:1:0:", Text(journal.Replay(1, 0).Done));
        Assert.Equal(
            (JobState.Running, Time + TimeSpan.FromDays(1)),
            (journal.Unfinished().Single() is var again ? again.Summary.State : default, again.BegunAt)
        );
    }

    [Fact]
    public void Journal_should_know_by_what_a_job_goes_on_that_was_chosen_for_it()
    {
        using var journal = Open();
        journal.Accept(Job(), Order());
        journal.Learn(1, "integrate", "{}", new Choice(Technique.Processes, "it crashes"));
        journal.Learn(null, "words", "{}", new Choice(Technique.Async, "it waits"));
        Assert.Equal((Technique.Processes, "it crashes"), (journal.Read(1)!.Summary.By, journal.Read(1)!.Because));
        // Its nodes contained whatever it was.
        Assert.Equal([0, 0], new[] { journal.TakeOver(1, goesOn: true), journal.TakeOver(1, goesOn: true) });
    }

    [Fact]
    public void Journal_should_forget_the_deaths_over_a_job_that_has_ended()
    {
        using var journal = Open();
        journal.Accept(Job(), Order());
        Assert.Equal([1, 2], new[] { journal.TakeOver(1, goesOn: true), journal.TakeOver(1, goesOn: true) });
        journal.Record([Ended(1, Dead(0))]);
        journal.End(new JobDetail(Job(1) with { State = JobState.Failed }, "{}", null, [], []));
        journal.Change(1, JobState.Running, Time, null);
        Assert.Equal(1, journal.TakeOver(1, goesOn: true));
    }

    [Fact]
    public void Journal_should_know_nothing_of_a_job_that_was_never_accepted()
    {
        using var journal = Open();
        Assert.Null(journal.Read(99));
    }
}
