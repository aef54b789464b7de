namespace Mailroom.EndToEnd;

/// <summary>Which technique: measured side by side, chosen by a probe, and shown in lessons.</summary>
/// <summary>Specs that measure, and so have the machine to themselves.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public class Measuring
{
    public const string Name = "measuring";
}

[Collection(Measuring.Name)]
public class AdviceSpecs : EndToEndSpec
{
    [Fact]
    public async Task Compare_should_run_the_same_pieces_by_all_techniques_and_say_which()
    {
        var page = Path.Combine(Folder, "report.html");
        var run = await Mailroom(
            "compare",
            "practice",
            "--count",
            "40",
            "--wait",
            "50ms",
            "--runs",
            "2",
            "--workers",
            "2",
            "--predict",
            "1,2,8",
            "--report",
            page,
            "--json"
        );
        Assert.Equal(0, run.ExitCode);
        var json = run.Json;
        Assert.Equal(
            ("practice", "async", "clear"),
            ((string)json["kind"]!, (string)json["verdict"]!["by"]!, (string)json["verdict"]!["confidence"]!)
        );
        Assert.Contains("without holding a thread", (string)json["verdict"]!["because"]!);
        Assert.Equal(
            $"mailroom --state {State} send practice --count 40 --wait 50ms --workers 2 --by async",
            (string)json["verdict"]!["command"]!
        );
        Assert.True((double)json["sequential"]!["seconds"]! > 2); // 40 pieces of 50 ms, one after the other
        Assert.Equal(["threads", "processes", "async"], json["techniques"]!.AsArray().Select(row => (string)row!["by"]!));
        Assert.All(
            json["techniques"]!.AsArray(),
            row =>
                Assert.True(
                    (bool)row!["answerMatches"]!
                        && (double)row["seconds"]! > 0
                        && (double)row["speedup"]! > 1
                        && (long)row["peakBytes"]! > 0
                )
        );
        Assert.Equal(9, json["predictions"]!.AsArray().Count);
        var html = await File.ReadAllTextAsync(page);
        Assert.Contains("<svg", html);
        Assert.DoesNotContain("src=", html); // it needs nothing but itself
        Assert.DoesNotContain("href=", html);
    }

    [Fact]
    public async Task Compare_should_say_before_it_starts_that_its_report_can_not_be_written()
    {
        var run = await Mailroom("compare", "practice", "--count", "4", "--report", "/nosuch/r.html");
        Assert.Equal((2, "compare: --report /nosuch/r.html can't be written: there is no folder /nosuch"), (run.ExitCode, run.Error));
    }

    [Fact]
    public async Task Compare_should_survive_a_piece_that_ends_its_process()
    {
        var run = await Mailroom(
            "compare",
            "practice",
            "--count",
            "300",
            "--crash-every",
            "200",
            "--runs",
            "1",
            "--workers",
            "2",
            "--json"
        );
        Assert.Equal("processes", (string)run.Json["verdict"]!["by"]!);
        Assert.Contains("by threads there was no answer: a piece ended the host (exit 134", (string)run.Json["verdict"]!["because"]!);
        Assert.Contains("the loop ended with its process", (string)run.Json["sequential"]!["died"]!);
    }

    [Theory]
    [InlineData("threads", "--work", "3ms")]
    [InlineData("async", "--wait", "100ms")]
    [InlineData("processes", "--crash-every", "100")]
    public async Task Auto_should_choose_by_what_the_pieces_are_like_and_keep_what_the_probe_gave(string by, params string[] pieces)
    {
        var run = await Mailroom(["send", "practice", "--count", "150", "--trace", Trace, "--json", .. pieces]);
        Assert.Equal((0, by, 150), (run.ExitCode, (string)run.Json["by"]!, (int)run.Json["answer"]!["ran"]!));
        if (by != "processes")
            Assert.Equal(150, Ran().Values.Sum()); // none was run only to be measured
        if (by == "processes")
            return;
        Assert.Contains("estimated", (string)run.Json["because"]!);
        Assert.True((double)run.Json["profile"]!["seconds"]! > 0);
        Assert.Contains("a piece ", (await Mailroom("jobs", "show", "1")).Out);
        var again = await Mailroom(["send", "practice", "--count", "150", "--trace", Trace, "--json", .. pieces]);
        Assert.Equal(by, (string)again.Json["by"]!);
        Assert.EndsWith("so it was found before", (string)again.Json["because"]!);
    }

    [Fact]
    public async Task Auto_should_choose_processes_for_pieces_that_wait_for_a_lock_that_threads_share()
    {
        var run = await Mailroom(
            "--kinds",
            Dll("OddKinds.dll"),
            "send",
            "odd",
            "locked",
            "--count",
            "900",
            "--json",
            "--set",
            "mailroom.threads.workers=2"
        );
        Assert.Equal((0, "processes"), (run.ExitCode, (string)run.Json["by"]!));
        Assert.Contains("for a lock that the threads of a process share, and processes have locks", (string)run.Json["because"]!);
        Assert.True((double)run.Json["profile"]!["lockSeconds"]! > 0);
    }

    [Fact]
    public async Task Auto_should_look_again_at_a_job_whose_first_tenth_waits_and_whose_rest_computes()
    {
        var run = await Mailroom("--kinds", Dll("OddKinds.dll"), "send", "odd", "turns", "--count", "300", "--json");
        Assert.Equal((0, 300), (run.ExitCode, (int)run.Json["pieces"]!["done"]!));
        Assert.Matches("; measured again after [0-9]+ pieces?, because they ", (string)run.Json["because"]!);
        Assert.NotEqual("async", (string)run.Json["by"]!);
    }

    [Fact]
    public async Task Lessons_should_show_what_they_claim()
    {
        var run = await Mailroom("lesson", "all", "--json");
        Assert.All(
            run.Json.AsArray(),
            lesson => Assert.All(lesson!["claims"]!.AsArray(), claim => Assert.True((bool)claim!["isShown"]!, (string)claim["text"]!))
        );
        Assert.Equal((0, 17), (run.ExitCode, run.Json.AsArray().Count));
        var list = (await Mailroom("lesson", "list", "--json")).Json.AsArray();
        Assert.Equal(run.Json.AsArray().Select(lesson => (string)lesson!["lesson"]!), list.Select(lesson => (string)lesson!["lesson"]!));
    }

    [Theory]
    [InlineData("primes-processes")]
    [InlineData("news-bounded")]
    [InlineData("stop")]
    public async Task Exercise_should_be_solved_by_its_solution(string name)
    {
        var run = await Mailroom("lesson", "check", name, Solution(name));
        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        Assert.All(run.Out.Split('\n'), line => Assert.StartsWith("right ", line));
    }

    [Fact]
    public async Task Exercise_should_say_what_is_wrong_with_what_was_written()
    {
        var seed = Path.Combine(Folder, "seed");
        await File.WriteAllTextAsync(seed, "2\n");
        Assert.Equal(0, (await Mailroom("lesson", "check", "seed-race", seed)).ExitCode);
        await File.WriteAllTextAsync(seed, "0");
        var run = await Mailroom("lesson", "check", "seed-race", seed);
        Assert.Equal((1, "WRONG  --seed 0: nothing goes wrong"), (run.ExitCode, run.Out));
        await File.WriteAllTextAsync(seed, "two");
        Assert.Contains("file has to hold a whole number", (await Mailroom("lesson", "check", "seed-race", seed)).Out);
        Assert.Equal(3, (await Mailroom("lesson", "check", "sed-race", seed)).ExitCode);
        Assert.Equal(2, (await Mailroom("lesson", "check", "stop")).ExitCode);
        var list = (await Mailroom("lesson", "check", "--json")).Json.AsArray();
        Assert.Equal(10, list.Count);
    }

    private static string Solution(string name, [System.Runtime.CompilerServices.CallerFilePath] string here = "") =>
        Path.Combine(Path.GetDirectoryName(here)!, $"../../samples/solutions/{name}.cs");

    [Fact]
    public async Task Lesson_should_let_the_user_be_the_scheduler()
    {
        var run = await MailroomProcess.RunInAsync("A\nnobody\nB\nb\n", null, "lesson", "race", "--play");
        Assert.Equal(0, run.ExitCode);
        Assert.Contains("WRONG: two threads counted, and count is 1: an update is lost", run.Out);
        Assert.Contains("'nobody' is not one of them", run.Error);
        var again = await Mailroom("lesson", "race", "--seed", "2", "--json");
        Assert.Equal("two threads counted, and count is 1: an update is lost", (string)again.Json["fault"]!);
        var cut = await MailroomProcess.RunInAsync("", null, "lesson", "race", "--play", "--mended");
        Assert.Equal(2, cut.ExitCode);
        Assert.Contains("nobody says any more whose turn it is", cut.Error);
    }

    [Fact]
    public async Task Compare_should_compare_a_job_some_of_whose_pieces_always_fail()
    {
        var run = await Mailroom("compare", "practice", "--count", "100", "--wait", "5ms", "--fail-every", "50", "--runs", "1", "--json");
        Assert.Equal(0, run.ExitCode);
        Assert.Equal(2, (int)run.Json["sequential"]!["dead"]!);
        Assert.All(run.Json["techniques"]!.AsArray(), row => Assert.Equal((2, true), ((int)row!["dead"]!, (bool)row["answerMatches"]!)));
        Assert.Contains("2 pieces fail by each of them alike", (string)run.Json["verdict"]!["because"]!);
    }

    [Theory]
    [InlineData("--runs", "0", "--runs is '0', but it takes a whole number from 1 to 100")]
    [InlineData("--predict", "1,x", "--predict is '1,x', but it takes numbers of workers from 1 to 1024")]
    [InlineData("--workers", "abc", "--workers is 'abc', but it takes a whole number")]
    public async Task Compare_should_say_in_one_line_what_is_wrong(string option, string value, string said)
    {
        var run = await Mailroom("compare", "practice", option, value);
        Assert.Equal(2, run.ExitCode);
        Assert.Contains(said, run.Error);
        Assert.DoesNotContain('\n', run.Error);
    }
}
