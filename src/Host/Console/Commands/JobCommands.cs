using System.CommandLine;
using Mailroom.Client;
using Mailroom.Host.Console.Prompting;
using Mailroom.Host.Control;
using Mailroom.Host.Terminals;
using Mailroom.Input;

namespace Mailroom.Host.Console.Commands;

/// <summary><c>mailroom jobs</c> and what can be done with one job.</summary>
internal static class JobCommands
{
    public static void Add(CommandTree tree)
    {
        var jobs = new Command("jobs", "List the jobs; look at or control one.");
        var list = new Declared<JobListOptions>(jobs, "jobs");
        tree.Add(tree.Root, jobs, (parsed, session, cancellation) => ListAsync(list.Read(parsed), session, cancellation));
        AddOne(
            tree,
            jobs,
            "show",
            "Show a job with its answer and its dead pieces.",
            async (session, job, cancellation) =>
            {
                var detail = await (await session.ConnectAsync(cancellation)).JobAsync(job, cancellation);
                var log = LastWords(session, detail);
                if (session.Options.Json)
                    session.Json(JobDocument.Shown(detail, log));
                else
                    JobView.Show(session.Terminal, detail, log);
                return ExitCode.Done;
            }
        );
        AddOne(tree, jobs, "wait", "Follow a job to its end and print its answer.", FollowAsync);
        AddOne(tree, jobs, "cancel", "Cancel a job.", CancelAsync);
        AddOne(
            tree,
            jobs,
            "pause",
            "Begin nothing new of a job; what runs ends.",
            (session, job, cancellation) => ChangeAsync(session, mailroom => mailroom.PauseAsync(job, cancellation), cancellation)
        );
        AddOne(
            tree,
            jobs,
            "resume",
            "Go on with a paused job.",
            (session, job, cancellation) => ChangeAsync(session, mailroom => mailroom.ResumeAsync(job, cancellation), cancellation)
        );
        AddOne(tree, jobs, "retry", "Run the dead pieces of a failed job again, and only these.", RetryAsync);
        AddReplay(tree, jobs);
        AddExport(tree, jobs);
        JobRemovalCommands.Add(tree, jobs);
        AddOne(tree, tree.Root, "follow", "The same as jobs wait: Ctrl-C leaves the job, which runs on.", FollowAsync);
    }

    private static void AddOne(
        CommandTree tree,
        Command parent,
        string name,
        string help,
        Func<Session, int, CancellationToken, Task<ExitCode>> run
    )
    {
        var id = Id(tree);
        tree.Add(
            parent,
            new Command(name, help) { id },
            (parsed, session, cancellation) => run(session, Number(parsed.GetValue(id)!), cancellation)
        );
    }

    internal static Argument<string> Id(CommandTree tree)
    {
        var id = new Argument<string>("ID") { Description = "the job's number", HelpName = "ID" };
        tree.Offer(id, Known.Jobs);
        return id;
    }

    private static void AddReplay(CommandTree tree, Command jobs)
    {
        var id = Id(tree);
        var piece = new Argument<string>("PIECE") { Description = "the piece's index, from 0", HelpName = "PIECE" };
        tree.Add(
            jobs,
            new Command("replay", "Run one piece again here, in the foreground, with the identical input; its result counts nowhere.")
            {
                id,
                piece,
            },
            (parsed, session, cancellation) =>
                int.TryParse(parsed.GetValue(piece), out var index) && index >= 0
                    ? new PieceReplay(session, tree.Catalogue).RunAsync(Number(parsed.GetValue(id)!), index, cancellation)
                    : throw new UserError(
                        $"'{Visible.Text(parsed.GetValue(piece)!)}' is no piece; pieces are numbered 0, 1, 2 …, and 'jobs show' "
                            + "names the dead ones"
                    )
        );
    }

    private static void AddExport(CommandTree tree, Command jobs)
    {
        var id = Id(tree);
        var export = new Command("export", "Print the rows of a job's answer as CSV, or with --json as a list.") { id };
        var options = new Declared<ExportOptions>(export, "jobs export");
        tree.Add(
            jobs,
            export,
            async (parsed, session, cancellation) =>
            {
                var (path, csvSafe) = options.Read(parsed);
                var detail = await (await session.ConnectAsync(cancellation)).JobAsync(Number(parsed.GetValue(id)!), cancellation);
                if (csvSafe && session.Options.Json)
                    throw new UserError("jobs export: --csv-safe is about CSV, and --json is not; take one of them");
                var rows = session.Options.Json ? JobExport.Json(detail) : JobExport.Csv(detail, csvSafe);
                if (path is not null)
                    OutputFile.Write("--out", path, rows);
                else
                    session.Terminal.Data(rows.TrimEnd('\n'));
                return ExitCode.Done;
            }
        );
    }

    /// <summary>The last three lines that were logged of each of the first dead pieces.</summary>
    private static ILookup<int, Logs.LogLine> LastWords(Session session, Model.JobDetail detail)
    {
        var dead = detail.Failures.Take(20).Select(failure => failure.Piece.Index).ToHashSet();
        var lines = dead.Count == 0 ? [] : session.Logs.Read(new Logs.LogQuery(detail.Summary.Job, Pieces: dead));
        return lines.GroupBy(line => line.Piece!.Value).SelectMany(group => group.TakeLast(3)).ToLookup(line => line.Piece!.Value);
    }

    internal static int Number(string text) =>
        int.TryParse(text, out var job) && job > 0
            ? job
            : throw new UserError($"'{Visible.Text(text)}' is no job number; jobs are numbered 1, 2, 3 …, and 'mailroom jobs' lists them");

    private static async Task<ExitCode> ListAsync(JobListOptions options, Session session, CancellationToken cancellation)
    {
        var isWanted = JobFilter.Of(options.Filter ?? []);
        var all = await (await session.ConnectAsync(cancellation)).JobsAsync(cancellation);
        var jobs = all.Where(isWanted).OrderByDescending(job => job.Job).Take(options.Lines ?? int.MaxValue).ToList();
        if (jobs.Count == 0 && all.Count > 0 && !session.Options.Json)
        {
            session.Terminal.Notice($"none of the {all.Count} jobs fits");
            return ExitCode.Done;
        }
        if (session.Options.Json)
            session.Json(jobs.Select(JobRow.Of).ToArray());
        else
            JobView.List(session.Terminal, jobs);
        return ExitCode.Done;
    }

    private static async Task<ExitCode> FollowAsync(Session session, int job, CancellationToken cancellation)
    {
        await session.ConnectAsync(cancellation);
        return await new JobFollower(session, job).RunAsync(null, cancelOnInterrupt: false, cancellation);
    }

    private static async Task<ExitCode> ChangeAsync(
        Session session,
        Func<Control.IMailroom, Task<Model.JobDetail>> change,
        CancellationToken cancellation
    )
    {
        var detail = await change(await session.ConnectAsync(cancellation));
        if (session.Options.Json)
            session.Json(JobDocument.Of(detail));
        else
            session.Terminal.Data($"job {detail.Summary.Job} is {detail.Summary.State.Word()}");
        return ExitCode.Done;
    }

    private static async Task<ExitCode> RetryAsync(Session session, int job, CancellationToken cancellation)
    {
        await (await session.ConnectAsync(cancellation)).RetryAsync(job, cancellation);
        session.Terminal.Notice($"job {job} runs its dead pieces again");
        return session.IsPrompt
            ? ExitCode.Done
            : await new JobFollower(session, job).RunAsync(null, cancelOnInterrupt: session.HostIsOurs, cancellation);
    }

    private static async Task<ExitCode> CancelAsync(Session session, int job, CancellationToken cancellation)
    {
        var mailroom = await session.ConnectAsync(cancellation);
        if ((await mailroom.JobAsync(job, cancellation)).Summary is { HasEnded: true } ended)
            throw new UserError($"job {job} has ended, it is {ended.State.Word()}", ExitCode.Refused);
        var detail = await mailroom.CancelAsync(job, cancellation);
        if (session.Options.Json)
            session.Json(JobDocument.Of(detail));
        else
            session.Terminal.Data(
                $"job {job}: "
                    + $"{JobView.Outcome(detail.Summary)}{(detail.Summary.Reason is { } reason ? $"; {Visible.Text(reason)}" : "")}"
            );
        return ExitCode.Done;
    }
}
