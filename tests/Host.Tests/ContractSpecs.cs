using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Mailroom.Batches;
using Mailroom.Client;
using Mailroom.Host.Control;
using Mailroom.Input;
using Mailroom.Inspection;
using Mailroom.Jobs;
using Mailroom.Kinds;
using Mailroom.Logs;
using Mailroom.Model;
using Mailroom.Nodes;
using Mailroom.Observe;

namespace Mailroom.Host;

public partial class ContractSpecs
{
    private static readonly DateTimeOffset Moment = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);
    private static readonly Outcome Dead = Outcome.Not(
        How.GaveUp,
        new Piece(3, 5, 0, Payload.None),
        "it threw",
        "System.InvalidOperationException: it threw",
        0
    ) with
    {
        By = new RanBy("node-1", ""),
    };

    private static readonly Outcome Failed = Outcome.Not(How.Failed, new Piece(3, 1, 0, Payload.None), "it threw", null, 0.2) with
    {
        By = new RanBy("node-1", "worker-1"),
        At = Moment.AddSeconds(1),
    };
    private static readonly ILookup<int, LogLine> NoLog = Array.Empty<LogLine>().ToLookup(line => 0);

    private static readonly JobSummary Summary = new(
        12,
        "integrate",
        Technique.Threads,
        JobState.Failed,
        "parabola",
        Priority.Normal,
        Moment,
        new PieceCounts(64, 63, 1, 4),
        0.42,
        2,
        "1 of 64 pieces is dead"
    );

    private static readonly JobDetail Detail = new(
        Summary,
        """{"expression":"x^2"}""",
        new Answer("""{"value":333.25}""", "333.25", ["part of it is missing"]),
        [Dead],
        [Failed],
        "its pieces compute",
        new Profile(64, 0.01, 0.01, 0.01, 0, 24, Workers: 2)
    );

    private static readonly JobRequest Request = new(
        "integrate",
        new JsonObject { ["expression"] = "x^2" },
        "/tmp",
        Technique.Threads,
        2,
        64,
        Priority.Normal,
        5,
        TimeSpan.FromSeconds(30),
        "parabola",
        new HaltRule(true, 3, null),
        TimeSpan.FromHours(1),
        false,
        "5f0c",
        TimeSpan.FromSeconds(2),
        ["gpu-*"],
        ["data"]
    );

    private static readonly AcceptedJob Order = new(
        Summary,
        new JobOrder("""{"kind":"integrate"}""", """{"expression":"x^2"}""", "v1", 2, "5f0c"),
        Moment
    );

    internal static readonly Feed.Changes Changed = new(
        7,
        [Summary],
        [new NodeReport("node-2", NodeState.Gone, true, null, null, 0, Moment, 0, null)],
        [new ActorReport("host", "/user/mailroom/feed", "", 0, 0, 0, 0, null, null)]
    );

    /// <summary>One of each document, by the name that it has in docs/json.md.</summary>
    public static TheoryData<string, string> Documents() =>
        new()
        {
            { "job-row", Contract.Text(JobRow.Of(Summary)) },
            { "job", Contract.Text(JobDocument.Of(Detail)) },
            { "failure", Contract.Text(JobDocument.Shown(Detail, NoLog).Failures!.Single()) },
            { "attempt", Contract.Text(JobAttempt.Of(Failed)) },
            { "told", Contract.Text(JobDocument.Whole(Detail).Told!) },
            {
                "node",
                Contract.Text(
                    new NodeReport("node-1", NodeState.Up, true, 4711, "vm", 2, Moment, 1, "it was killed by SIGKILL", Moment.AddSeconds(1))
                    {
                        MemoryBytes = 81_000_000,
                        CpuSeconds = 1.5,
                        Address = "10.0.0.7",
                        Version = "0.1.0",
                        Labels = ["gpu"],
                    }
                )
            },
            {
                "invitation",
                Contract.Text(new InvitationDocument("gpu-1", Moment.AddMinutes(15), "mr1.10.0.0.5:4054.HASH.SECRET", ["10.0.0.5:4054"]))
            },
            { "rotation", Contract.Text(new RotationDocument("NEW", "OLD", ["gpu-1"], ["gpu-2"])) },
            { "member", Contract.Text(new MemberDocument("gpu-1", "member", Moment.AddDays(90), Moment)) },
            { "host", Contract.Text(new HostDocument("0.1.0", 4710, "127.0.0.1:4053")) },
            { "finding", Contract.Text(new Finding("port", false, "nobody answers there")) },
            { "changes", Contract.Text(ChangesDocument.Of(Changed)) },
            { "actor", Contract.Text(new ActorReport("host", "/user/mailroom/threads/worker-1", "busy", 1, 0.1, 12, 3.5, 12, 3)) },
            { "usage", Contract.Text(new Usage("host", 4710, 1.5, 1000, 2, 0.01, 2000, 300)) },
            { "request", Contract.Text(Request) },
            { "order", Contract.Text(JobOrderDocument.Of(Order)) },
            { "query", Contract.Text(new LogQuery(12, Severity.Warning, "node-1", "worker", Moment, "late", 50)) },
            { "error", Contract.Text(new ControlError("there is no job 12; 'mailroom jobs' lists them", ExitCode.NotFound)) },
        };

    [Theory]
    [MemberData(nameof(Documents))]
    public void Document_should_be_what_the_docs_say_to_the_letter(string name, string document) =>
        Assert.Equal(Documented().Single(one => one.Name == name).Json, document);

    [Fact]
    public void Docs_should_describe_nothing_else() =>
        Assert.Equal(Documents().Select(row => (string)row[0]).Order(), Documented().Select(one => one.Name).Order());

    [Fact]
    public void Job_that_another_process_is_told_should_be_the_same_job()
    {
        var job = Detail with
        {
            Summary = Summary with { Pieces = new PieceCounts(64, 63, 1, 4, Stale: 7) },
            Answer = new Answer("[1]", "one", null, IsExact: true, "/tmp/answer"),
            Failures = [Dead, Dead with { Detail = null }],
            Attempts = [Failed with { How = How.Crashed, Detail = "a stack" }],
        };
        var read = Contract.Read<JobDocument>(Contract.Text(JobDocument.Whole(job))).ToDetail();
        Assert.Equal((job.Summary, job.Because, job.Profile, job.Answer), (read.Summary, read.Because, read.Profile, read.Answer));
        Assert.Equal(job.ArgumentsJson, read.ArgumentsJson);
        Assert.Equal(job.Failures.AsEnumerable(), read.Failures);
        Assert.Equal(job.Attempts.AsEnumerable(), read.Attempts);
    }

    [Fact]
    public void Answers_of_a_host_should_be_read_as_it_wrote_them()
    {
        Same(new[] { new NodeReport("node-1", NodeState.Up, true, null, null, 2, Moment, 1, null, Moment) { MemoryBytes = 5 } });
        Same(new[] { new ActorReport("host", "/user", "busy", 1, 0.1, 12, 3.5, null, null) });
        Same(new[] { new Usage("host", 4710, 1.5, 1000, 2, 0.01, 2000, 300) });
        Same(new[] { JobRow.Of(Summary with { Name = null, Reason = null }) });
        Same(new ControlError("no", ExitCode.NotFound));
        Same(7);

        static void Same<T>(T document) => Assert.Equal(Contract.Text(document), Contract.Text(Contract.Read<T>(Contract.Text(document))));
    }

    [Fact]
    public void Failure_should_have_a_detail_where_it_is_shown_though_there_is_none() =>
        Assert.Contains(
            "\"detail\":null",
            Contract.Text(JobDocument.Shown(Detail with { Failures = [Dead with { Detail = null }] }, NoLog).Failures!.Single())
        );

    [Theory]
    [InlineData("""{"summary":{"job":12},"failures":[]}""")]
    [InlineData("""{"job":12,"kind":null}""")]
    public void Job_of_another_version_should_be_no_job(string told) =>
        Assert.Throws<JsonException>(() => Contract.Read<JobDocument>(told));

    [Fact]
    public void Answer_should_be_as_deep_as_its_kind_may_write_it()
    {
        var deep = new string('[', 32) + new string(']', 32);
        var told = Contract.Text(JobDocument.Whole(Detail with { Answer = new Answer(deep, "") }));
        Assert.Equal(deep, Contract.Read<JobDocument>(told).Answer);
    }

    [Fact]
    public void Job_without_an_answer_should_say_so_and_nothing_that_it_does_not_know()
    {
        var running = Summary with { State = JobState.Running, Name = null, Reason = null, Pieces = new PieceCounts(null, 3, 0, 0) };
        var json = JsonNode.Parse(Contract.Text(JobDocument.Of(new JobDetail(running, "{}", null, [], []))))!.AsObject();
        Assert.Equal(
            ["job", "kind", "by", "state", "answer", "pieces", "seconds", "workers", "priority", "acceptedAt"],
            json.Select(property => property.Key)
        );
        Assert.Null(json["answer"]);
        Assert.True(json["pieces"]!.AsObject().ContainsKey("total"));
    }

    [Theory]
    [InlineData("1e400")]
    [InlineData("0.10000000000000000000000001")]
    [InlineData("[1.0,\"\\u00e9\",{\"a\":null}]")]
    public void Answer_should_stand_there_as_its_kind_has_written_it(string answer)
    {
        var text = Contract.Text(JobDocument.Of(Detail with { Answer = new Answer(answer, "") }));
        Assert.Contains($"\"answer\":{answer},", text);
        Assert.Equal(answer, Contract.Read<JobDocument>(text).Answer);
    }

    /// <summary>Who asked a host that is just ending tries again, instead of taking it for a bug.</summary>
    [Fact]
    public void Host_whose_actors_do_not_answer_should_be_told_as_unreachable_for_now()
    {
        var (status, error) = ControlServer.Told(new Akka.Actor.AskTimeoutException("after 10 s"));
        Assert.Equal((503, ExitCode.Unreachable, true), (status, error.ExitCode, error.IsPassing));
    }

    [Fact]
    public void Order_should_come_back_as_it_was()
    {
        Assert.Equal(Order, Contract.Read<JobOrderDocument>(Contract.Text(JobOrderDocument.Of(Order))).ToJob());
    }

    private static IEnumerable<(string Name, string Json)> Documented()
    {
        var folder = AppContext.BaseDirectory;
        while (!Directory.Exists(Path.Combine(folder, "docs")))
            folder = Path.GetDirectoryName(folder)!;
        return Block()
            .Matches(File.ReadAllText(Path.Combine(folder, "docs/json.md")))
            .Select(match => (match.Groups[1].Value, match.Groups[2].Value));
    }

    [GeneratedRegex("```json ([\\w-]+)\n(.*)\n```")]
    private static partial Regex Block();
}
