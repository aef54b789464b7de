using System.CommandLine;
using System.Text.Json.Nodes;
using Mailroom.Batches;
using Mailroom.Files;
using Mailroom.Host.Terminals;
using Mailroom.Input;
using Mailroom.Jobs;
using Mailroom.Kinds;
using Mailroom.Settings;

namespace Mailroom.Host.Console.Commands;

/// <summary><c>mailroom send KIND</c>: one subcommand for each kind, with the kind's own arguments.</summary>
internal sealed class SendCommand
{
    private static readonly string[] Techniques = ["threads", "processes", "async", "auto"];

    private readonly Option<string> _by = new("--by")
    {
        Description = "threads, processes, async or auto",
        HelpName = "TECHNIQUE",
        DefaultValueFactory = _ => "auto",
    };
    private readonly Option<int?> _workers = new("--workers", "-j")
    {
        Description = "run on at most so many workers; by async, so many pieces at once",
        HelpName = "N",
    };
    private readonly Option<string?> _pieces = new("--pieces") { Description = "cut the job into so many pieces", HelpName = "N" };
    private readonly Option<Priority> _priority = new("--priority") { Description = "low, normal or high [normal]", HelpName = "P" };
    private readonly Option<int?> _attempts = new("--attempts")
    {
        Description = "attempts per piece, 1 for once; the setting mailroom.jobs.attempts by default",
        HelpName = "N",
    };
    private readonly Option<int?> _retries = new("--retries") { Hidden = true }; // as it was called before, and GNU parallel calls it
    private readonly Option<string?> _timeout = new("--timeout") { Description = "time for one attempt of a piece", HelpName = "D" };
    private readonly Option<string?> _name = new("--name") { Description = "what to call the job", HelpName = "TEXT" };
    private readonly Option<string?> _halt = new("--halt")
    {
        Description = "end the job when pieces fail: now,fail=1 or soon,fail=3%",
        HelpName = "RULE",
    };
    private readonly Option<string?> _deadline = new("--deadline")
    {
        Description = "time for the whole job; then it is cancelled",
        HelpName = "D",
    };
    private readonly Option<bool> _noWait = new("--no-wait") { Description = "print the job's number and leave it running" };
    private readonly Option<string?> _out = new("--out") { Description = "write the answer into this file", HelpName = "PATH" };

    public static void Add(CommandTree tree)
    {
        var send = new Command("send", "Send a job, follow it, print its answer.");
        tree.Add(tree.Root, send, null);
        foreach (var kind in tree.Catalogue.All)
            new SendCommand().AddKind(tree, send, kind);
    }

    private void AddKind(CommandTree tree, Command send, IKind kind)
    {
        var command = new Command(kind.Name, kind.Summary);
        var words = new KindWords(command, kind);
        _by.CompletionSources.Add(Techniques);
        KindWords.AddOwn(
            command,
            kind,
            _by,
            _workers,
            _pieces,
            _priority,
            _attempts,
            _retries,
            _timeout,
            _name,
            _halt,
            _deadline,
            _noWait,
            _out
        );
        tree.Add(send, command, (parsed, session, cancellation) => RunAsync(kind, words, parsed, session, cancellation));
    }

    private async Task<ExitCode> RunAsync(IKind kind, KindWords words, ParseResult parsed, Session session, CancellationToken cancellation)
    {
        var request = Request(kind, words, parsed);
        await StdinLines.TakeAsync(kind, request.Arguments, session, cancellation);
        kind.Bind((JsonObject)request.Arguments.DeepClone(), request.Directory); // what is wrong is said before anything starts
        OutputFile.Check("send: --out", parsed.GetValue(_out));
        var job = await session.SendAsync(request, settings => Adjust(settings, request), cancellation);
        if (session.IsPrompt || parsed.GetValue(_noWait))
            return Leave(session, job);
        return await new JobFollower(session, job).RunAsync(parsed.GetValue(_out), cancelOnInterrupt: session.HostIsOurs, cancellation);
    }

    private JobRequest Request(IKind kind, KindWords words, ParseResult parsed) =>
        new(
            kind.Name,
            words.Read(parsed),
            Disk.Current,
            By(parsed),
            Within("--workers", parsed.GetValue(_workers), JobRequest.MaxWorkers),
            Pieces(parsed.GetValue(_pieces)),
            parsed.GetResult(_priority) is null ? Priority.Normal : parsed.GetValue(_priority),
            Within("--attempts", parsed.GetValue(_attempts) ?? parsed.GetValue(_retries), JobRequest.MaxAttempts),
            Duration(parsed, _timeout),
            Named(parsed.GetValue(_name)),
            parsed.GetValue(_halt) is { } rule ? HaltRule.Parse(rule) : null,
            Duration(parsed, _deadline)
        );

    private Technique? By(ParseResult parsed) =>
        parsed.GetValue(_by) switch
        {
            "auto" => null,
            "threads" => Technique.Threads,
            "processes" => Technique.Processes,
            "async" => Technique.Async,
            var other => throw new UserError(
                $"send: --by is '{Visible.Text(other!)}', but it takes threads, processes, async or auto{Nearest.Hint(other!, Techniques)}"
            ),
        };

    /// <exception cref="UserError">it is no number of pieces</exception>
    public static int? Pieces(string? text) =>
        text is null ? null
        : Quantity.TryCount(text, out var count) && count is >= 1 and <= JobRequest.MaxPieces ? (int)count
        : throw new UserError($"--pieces is '{Visible.Text(text)}', but it takes a whole number from 1 to 100M");

    private static TimeSpan? Duration(ParseResult parsed, Option<string?> option) =>
        parsed.GetValue(option) is not { } text ? null
        : Quantity.TryDuration(text, out var timeout) && timeout > TimeSpan.Zero && timeout <= JobRequest.MaxTime ? timeout
        : throw new UserError(
            $"send: {option.Name} is '{Visible.Text(text)}', but it takes a duration such as 500ms, 5s or 2m, at most 30d"
        );

    private static string? Named(string? name) =>
        name?.Length is 0 or > JobRequest.MaxName
            ? throw new UserError($"send: --name has {name.Length} characters, but it takes 1 to {JobRequest.MaxName}")
            : name;

    private static int? Within(string option, int? value, int max) =>
        value is null || (value >= 1 && value <= max) ? value : throw new UserError($"send: {option} is {value}, but it takes 1 to {max}");

    /// <summary>A host that starts only for this job gets the workers that the job asks for.</summary>
    private static MailroomSettings Adjust(MailroomSettings settings, JobRequest request) =>
        request.Workers is not { } workers
            ? settings
            : settings with
            {
                Threads = new(workers),
                Async = settings.Async with { Workers = workers },
                Nodes = settings.Nodes with { Count = (workers + settings.Nodes.Workers - 1) / settings.Nodes.Workers },
            };

    private static ExitCode Leave(Session session, int job)
    {
        if (session.Options.Json)
            session.Terminal.Json(new JsonObject { ["job"] = job, ["state"] = "accepted" });
        else if (session.IsPrompt)
            session.Terminal.Notice($"job {job} accepted");
        else
            session.Terminal.Data($"job {job} accepted\n  mailroom logs {job}\n  mailroom jobs show {job}\n  mailroom jobs cancel {job}");
        if (session.HostIsOurs)
            session.Terminal.Notice(
                "no host runs here, so this command stays until the job has ended; 'mailroom start' starts one that stays"
            );
        return ExitCode.Done;
    }
}
