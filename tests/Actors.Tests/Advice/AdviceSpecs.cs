using Mailroom.Client;
using Mailroom.Input;
using Mailroom.Kinds;
using Mailroom.Model;
using Mailroom.Techniques;

namespace Mailroom.Advice;

public class AdviceSpecs
{
    private const int Cores = 2;

    private static Forecast Of(int pieces, double seconds, double cpu, double held, double pause = 0, double bytes = 100) =>
        new(new Profile(pieces, seconds, cpu, held, pause, bytes), Overheads.Usual, Cores, InFlight: 256);

    public static TheoryData<string, Forecast, Technique> Cases() =>
        new()
        {
            { "few big pieces that compute", Of(10, 1, 1, 1), Technique.Threads },
            { "very many tiny pieces that compute", Of(1_000_000, 2e-6, 2e-6, 2e-6), Technique.Threads },
            { "requests of 1 ms", Of(2000, 1.5e-3, 0.1e-3, 0.1e-3), Technique.Async },
            { "requests of 100 ms", Of(2000, 0.1, 0.1e-3, 0.1e-3), Technique.Async },
            { "requests of 2 s", Of(200, 2, 0.1e-3, 0.1e-3), Technique.Async },
            { "sleeps that hold their thread", Of(200, 0.1, 1e-5, 0.1), Technique.Threads },
            { "half of the time computing, half waiting", Of(200, 0.02, 0.01, 0.01), Technique.Threads },
            { "much garbage", Of(500, 0.01, 0.01, 0.01, pause: 0.004), Technique.Processes },
            { "results of 10 MB", Of(50, 0.01, 0.01, 0.01, bytes: 10e6), Technique.Threads },
            { "hardly anything to do", Of(5, 1e-3, 1e-4, 1e-4), Technique.Threads },
        };

    [Theory]
    [MemberData(nameof(Cases))]
    public void Choice_should_follow_what_the_pieces_are_like(string what, Forecast forecast, Technique wanted) =>
        Assert.Equal(
            (what, wanted),
            (what, Advisor.Choose(forecast, 8, Enum.GetValues<Technique>(), technique => (technique == Technique.Async ? 1 : 2, 0)).By)
        );

    [Fact]
    public void Choice_should_count_the_start_of_processes_that_are_not_there_yet() =>
        Assert.Equal(
            Technique.Threads,
            Advisor
                .Choose(
                    Of(100, 0.01, 0.01, 0.01, pause: 0.004),
                    8,
                    Enum.GetValues<Technique>(),
                    technique => (2, technique == Technique.Processes ? 1 : 0)
                )
                .By
        );

    [Fact]
    public void Choice_should_say_why_in_numbers() =>
        Assert.Equal(
            "pieces compute 100 % of their time; estimated 5.0s against processes 5.0s, async 10.0s (measured 8 pieces)",
            Advisor.Choose(Of(1000, 0.01, 0.01, 0.01), 8, Enum.GetValues<Technique>(), _ => (2, 0)).Because
        );

    [Theory]
    [InlineData(Technique.Threads, 1, 10)]
    [InlineData(Technique.Threads, 2, 5)]
    [InlineData(Technique.Threads, 8, 5)]
    [InlineData(Technique.Processes, 2, 5)]
    [InlineData(Technique.Async, 8, 10)]
    public void Forecast_should_share_computing_among_workers_and_cores(Technique by, int workers, double seconds) =>
        Assert.Equal(seconds, Of(1000, 0.01, 0.01, 0.01).Seconds(by, workers), 0.1);

    [Fact]
    public void Forecast_should_count_what_is_done_once_for_all()
    {
        var profile = new Profile(1000, 1e-4, 1e-4, 1e-4, 0, 0, FoldSeconds: 0.01, SplitSeconds: 3);
        Assert.Equal(13, new Forecast(profile, Overheads.Usual, Cores, InFlight: 256).Seconds(Technique.Threads, 8), 0.1);
    }

    [Theory]
    [InlineData(1, 10)]
    [InlineData(2, 7.5)]
    [InlineData(4, 7.5)]
    public void Forecast_should_estimate_that_cores_hold_each_other_up(int workers, double seconds)
    {
        var profile = new Profile(1000, 0.015, 0.015, 0.015, 0, 0, Workers: 2); // as measured by two; alone it takes two thirds
        Assert.Equal(
            seconds,
            new Forecast(profile, Overheads.Usual, Cores, InFlight: 256, Crowding: 1.5).Seconds(Technique.Threads, workers),
            0.1
        );
    }

    [Fact]
    public void Forecast_should_stop_all_threads_for_each_collection_but_one_process_only()
    {
        var profile = new Profile(1000, 0.018, 0.010, 0.018, 0.004, 0, Workers: 2); // 0.01 of its own, and the pauses of two
        var forecast = new Forecast(profile, Overheads.Usual, Cores, InFlight: 256);
        Assert.Equal(9, forecast.Seconds(Technique.Threads, 2), 0.1);
        Assert.Equal(7, forecast.Seconds(Technique.Processes, 2), 0.1);
    }

    [Theory]
    [InlineData(Technique.Threads, 1, 10)]
    [InlineData(Technique.Threads, 2, 9)]
    [InlineData(Technique.Threads, 8, 9)]
    [InlineData(Technique.Processes, 2, 5)]
    [InlineData(Technique.Async, 1, 10)]
    public void Forecast_should_let_threads_wait_for_the_lock_that_they_share(Technique by, int workers, double seconds)
    {
        // A piece computes 10 ms, 9 of them with the lock: two threads take 18 ms for two, and each waits for 8 of them.
        var profile = new Profile(1000, 0.018, 0.010, 0.018, 0, 100, Workers: 2, LockSeconds: 0.008);
        var forecast = new Forecast(profile, Overheads.Usual, Cores, InFlight: 256);
        Assert.Equal(seconds, forecast.Seconds(by, workers), 0.1);
    }

    [Theory]
    [InlineData(1, 8.5)]
    [InlineData(2, 5)] // as it was measured
    [InlineData(8, 4.25)] // two cores compute no more
    public void Forecast_should_not_take_a_lock_that_is_free_most_of_the_time_for_a_bottleneck(int workers, double seconds)
    {
        // Of a piece's 8.5 ms three or so are with the lock, and it waits for 1.5.
        var profile = new Profile(1000, 0.010, 0.0085, 0.010, 0, 100, Workers: 2, LockSeconds: 0.0015);
        Assert.Equal(seconds, new Forecast(profile, Overheads.Usual, Cores, InFlight: 256).Seconds(Technique.Threads, workers), 0.1);
    }

    [Theory]
    [InlineData(0.8, 2)]
    [InlineData(0.1, 4)]
    [InlineData(2.5, 4)]
    public void Lock_should_be_held_for_so_long_that_the_wait_follows(double wait, int threads)
    {
        var held = LockQueue.Held(1, wait, threads);
        Assert.InRange(held, 0, 1);
        Assert.Equal(1 + wait, LockQueue.Cycle(1, held, threads), 1e-6);
    }

    [Fact]
    public void Choice_should_be_processes_where_threads_wait_for_a_lock_that_they_share()
    {
        var profile = new Profile(1000, 0.018, 0.010, 0.018, 0, 100, Workers: 2, LockSeconds: 0.008);
        var choice = Advisor.Choose(
            new Forecast(profile, Overheads.Usual, Cores, InFlight: 256),
            8,
            Enum.GetValues<Technique>(),
            technique => (technique == Technique.Async ? 1 : 2, 0)
        );
        Assert.Equal(Technique.Processes, choice.By);
        Assert.StartsWith("pieces wait 44 % of their time for a lock that the threads of a process share", choice.Because);
    }

    [Fact]
    public void Profile_should_not_count_what_an_empty_piece_takes() =>
        Assert.Equal(
            new Profile(10, 2, 0, 1, 0, 100, FoldSeconds: 0.5),
            new Profile(10, 3, 1, 2, 0, 100, FoldSeconds: 0.75).Beyond(new Profile(99, 1, 1.5, 1, 0, 1, FoldSeconds: 0.25))
        );

    [Fact]
    public void Measurement_should_not_take_the_compiling_of_code_for_what_pieces_cost()
    {
        var measured = new Measurement(workers: 2);
        measured.Add(0.011, 0.011, 0.011, 0, 10);
        measured.Add(0.012, 0.012, 0.012, 0, 10);
        Assert.Equal((false, 0.0115), (measured.IsWarm, measured.Profile(9, 0)!.Seconds)); // better than nothing
        measured.Add(1e-5, 1e-5, 1e-5, 0, 10);
        Assert.Equal((true, 1, 1e-5), (measured.IsWarm, measured.Count, measured.Profile(9, 0)!.Seconds));
    }

    [Fact]
    public void Measurement_should_leave_out_a_cold_first_piece_however_the_second_went()
    {
        var measured = new Measurement(workers: 2);
        measured.Add(0.15, 0.15, 0.15, 0, 10);
        measured.Add(0.001, 0.001, 0.001, 0, 10);
        measured.Add(0.001, 0.001, 0.001, 0, 10);
        Assert.Equal((1, 0.001), (measured.Count, measured.Profile(9, 0)!.Seconds));
    }

    [Fact]
    public void Measurement_should_count_first_pieces_that_are_long()
    {
        var measured = new Measurement(workers: 2);
        measured.Add(1.5, 0, 0, 0, 10);
        Assert.Equal((true, 1), (measured.IsWarm, measured.Count));
    }

    [Fact]
    public void Measurement_should_tell_how_much_others_slow_pieces_down_but_not_take_that_for_what_they_cost()
    {
        var measured = new Measurement(workers: 1);
        measured.Add(0.01, 0.01, 0.01, 0, 10, delayed: 5); // its code is still being compiled
        Assert.Equal(1.0, new Measurement(1).Slowed);
        measured.Add(0.01, 0.01, 0.01, 0, 10, delayed: 0.03);
        measured.Add(0.01, 0.01, 0.01, 0, 10, delayed: 0.01);
        Assert.Equal(3, measured.Slowed, 1e-9);
        Assert.Equal(0, measured.Profile(9, 0)!.Waiting, 1e-9);
    }

    [Theory]
    [InlineData("381284182 609480150 98\n", 0.60948015)]
    [InlineData("0 0 0", 0)]
    [InlineData("", 0)]
    [InlineData("x y z", 0)]
    public void Time_in_the_queue_for_a_core_should_be_read(string statistics, double seconds) =>
        Assert.Equal(seconds, Inspection.ThreadClock.Delayed(System.Text.Encoding.ASCII.GetBytes(statistics)), 1e-12);

    [Fact]
    public void Measurement_should_count_a_pause_once_though_all_workers_waited_for_it()
    {
        var measured = new Measurement(workers: 2);
        measured.Add(0.1, 0.05, 0.2, 0.04, 10);
        measured.Add(0.3, 0.05, 0.1, 0.04, 30);
        measured.AddFold(1, 0.01);
        Assert.Equal(new Profile(7, 0.2, 0.05, 0.1, 0.02, 20, 0.01, 1.5, 2), measured.Profile(7, 1.5));
        Assert.Null(new Measurement(2).Profile(7, 0));
    }

    [Fact]
    public void Forecast_should_not_cut_a_piece() => Assert.Equal(2, Of(3, 1, 1, 1).Seconds(Technique.Threads, 2), 0.1);

    private static Runs Runs(string name, params double[] seconds) =>
        new(name, [.. seconds.Select(s => new Sample(s, s, 0, 0, 0, 0, 0, "the answer", null))]);

    private static Runs Dead(string name) => new(name, [new Sample(1, 0, 0, 0, 0, 0, 0, null, "a piece ended the host (exit 134)")]);

    private static readonly Profile Computing = new(100, 0.01, 0.01, 0.01, 0, 10);

    [Theory]
    [InlineData(1.0, 2.0, Confidence.Clear)]
    [InlineData(1.0, 1.02, Confidence.None)]
    [InlineData(1.0, 1.08, Confidence.Slight)]
    public void Verdict_should_be_as_sure_as_the_spreads_allow(double threads, double processes, Confidence confidence)
    {
        var techniques = new Dictionary<Technique, Runs>
        {
            [Technique.Threads] = Runs("threads", threads, threads * 1.01),
            [Technique.Processes] = Runs("processes", processes, processes * 1.01),
        };
        var verdict = Verdict.Of(Runs("sequential", 3), techniques, Computing, 2);
        Assert.Equal((Technique.Threads, confidence), (verdict.By, verdict.Confidence));
    }

    [Fact]
    public void Verdict_should_cite_what_killed_the_others()
    {
        var techniques = new Dictionary<Technique, Runs>
        {
            [Technique.Threads] = Dead("threads"),
            [Technique.Processes] = Runs("processes", 5),
            [Technique.Async] = Dead("async"),
        };
        var verdict = Verdict.Of(Dead("sequential"), techniques, null, 2);
        Assert.Equal((Technique.Processes, Confidence.Clear), (verdict.By, verdict.Confidence));
        Assert.Contains("by threads there was no answer: a piece ended the host (exit 134)", verdict.Because);
    }

    [Fact]
    public void Verdict_should_say_that_a_job_is_too_small_to_share() =>
        Assert.Contains(
            "the job is too small to share",
            Verdict
                .Of(
                    Runs("sequential", 0.001),
                    new Dictionary<Technique, Runs> { [Technique.Threads] = Runs("threads", 0.01) },
                    Computing,
                    2
                )
                .Because
        );

    [Fact]
    public void Verdict_can_not_be_had_of_nothing() =>
        Assert.Throws<UserError>(() =>
            Verdict.Of(Dead("sequential"), new Dictionary<Technique, Runs> { [Technique.Threads] = Dead("threads") }, null, 2)
        );
}
