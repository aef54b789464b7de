using System.CommandLine;
using System.Text.Json.Nodes;
using Mailroom.Batches;
using Mailroom.Client;
using Mailroom.Files;
using Mailroom.Host.Terminals;
using Mailroom.Input;
using Mailroom.Jobs;
using Mailroom.Kinds;
using Mailroom.Sending;
using Mailroom.Settings;

namespace Mailroom.Host.Console.Commands;

/// <summary><c>mailroom send KIND</c>: one subcommand for each kind, with the kind's own arguments.</summary>
internal static class SendCommand
{
    public static void Add(CommandTree tree)
    {
        var send = new Command("send", "Send a job, follow it, print its answer.");
        var options = new Declared<SendOptions>(send, "send", isShared: true);
        tree.Add(tree.Root, send, null);
        foreach (var kind in tree.Catalogue.All)
            AddKind(tree, send, options, kind);
    }

    private static void AddKind(CommandTree tree, Command send, Declared<SendOptions> options, IKind kind)
    {
        var command = new Command(kind.Name, kind.Summary);
        var words = new Words(command, kind.Arguments);
        tree.Add(
            send,
            command,
            (parsed, session, cancellation) => RunAsync(kind, words.Read(parsed), options.Read(parsed), session, cancellation)
        );
    }

    private static async Task<ExitCode> RunAsync(
        IKind kind,
        JsonObject arguments,
        SendOptions options,
        Session session,
        CancellationToken cancellation
    )
    {
        var request = Request(kind, arguments, options);
        await StdinLines.TakeAsync(kind, request.Arguments, session, cancellation);
        var work = kind.Bind((JsonObject)request.Arguments.DeepClone(), request.Directory); // what is wrong is said before anything starts
        request.Check();
        SentFiles.Check(request, work);
        OutputFile.Check("send: --out", options.Out);
        var job = await session.SendAsync(request, settings => Adjust(settings, request), cancellation);
        if (session.IsPrompt || options.NoWait)
            return Leave(session, job);
        return await new JobFollower(session, job, options.Pieces).RunAsync(
            options.Out,
            cancelOnInterrupt: session.HostIsOurs,
            cancellation
        );
    }

    private static JobRequest Request(IKind kind, JsonObject arguments, SendOptions options) =>
        new(
            kind.Name,
            arguments,
            Disk.Current,
            options.By,
            options.Workers,
            options.Pieces,
            options.Priority,
            options.Attempts,
            options.Timeout,
            Named(options.Name),
            options.Halt is { } rule ? HaltRule.Parse(rule) : null,
            options.Deadline,
            Backoff: options.Backoff,
            Nodes: options.Nodes?.Split(',', StringSplitOptions.TrimEntries),
            Send: options.Send
        );

    private static string? Named(string? name) =>
        name?.Length is 0 or > JobRequest.MaxName
            ? throw new UserError($"send: --name has {name.Length} characters, but it takes 1 to {JobRequest.MaxName}")
            : name;

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
