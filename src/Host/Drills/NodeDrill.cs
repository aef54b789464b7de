using Mailroom.Host.Control;
using Mailroom.Host.Launch;
using Mailroom.Input;
using Mailroom.Kinds;
using Mailroom.Logs;
using Mailroom.Model;
using Mailroom.Nodes;

namespace Mailroom.Host.Drills;

/// <summary>
/// Takes a node away in the middle of a job: kills its process, or stops it so that it holds its connection and answers nothing.
/// </summary>
internal sealed class NodeDrill(IMailroom mailroom, int pieces, bool hang)
{
    // What is promised of a child that exited: its pieces wait to be run again at once, within a second at the latest.
    private static readonly TimeSpan AtOnce = TimeSpan.FromSeconds(1);

    // A silent node is only lost when its lease has ended, which the settings say.
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    // What a node has told is heard by then, and a node that holds nothing then is looked for again so often.
    private static readonly TimeSpan Heard = TimeSpan.FromMilliseconds(100);
    private const int MostLooks = 20;

    private string Name => hang ? "hang-node" : "kill-node";

    public async Task<DrillReport> RunAsync(CancellationToken cancellation)
    {
        var without = await DrillJob.SecondsAsync(Name, mailroom, pieces, Technique.Processes, cancellation);
        using var trace = new Trace();
        await using var job = new DrillJob(Name, pieces, Technique.Processes, trace);
        await job.SendAsync(mailroom);
        await job.UnderWayAsync(mailroom, cancellation);
        var (node, at) = await StrikeAsync(trace, cancellation);
        var back = BackAsync(node, at, cancellation);
        var end = await job.EndAsync(mailroom, cancellation);
        return await ReportAsync(end, node, at, trace.Read(), await back, without, cancellation);
    }

    /// <summary>
    /// Takes a node away while it runs a piece: it is stopped first, so that nothing ends between the look and the deed, and goes on when
    /// it runs none.
    /// </summary>
    private async Task<(NodeReport Node, DateTimeOffset At)> StrikeAsync(Trace trace, CancellationToken cancellation)
    {
        for (var look = 1; ; look++)
        {
            var node = await VictimAsync(trace, cancellation);
            var pid = node.Pid!.Value;
            var at = TimeProvider.System.GetUtcNow();
            if (!OperatingSystem.IsWindows())
                Signal.Freeze(pid);
            if (hang)
                return (node, at);
            var runs = false;
            try
            {
                runs = look == MostLooks || OperatingSystem.IsWindows() || await RunsAsync(node, cancellation);
            }
            finally
            {
                if (!runs)
                    Signal.Thaw(pid);
            }
            if (!runs)
                continue;
            at = TimeProvider.System.GetUtcNow();
            Signal.Kill(pid);
            return (node, at);
        }
    }

    /// <summary>Whether a node that was stopped holds pieces, once all that it had said is heard.</summary>
    private async Task<bool> RunsAsync(NodeReport node, CancellationToken cancellation)
    {
        await Task.Delay(Heard, cancellation);
        return (await mailroom.ActorsAsync(cancellation)).Any(actor =>
            actor.Node == "host"
            && actor.Path.Contains($"/nodes/{node.Name}/", StringComparison.Ordinal)
            && actor.State.StartsWith("holds ", StringComparison.Ordinal)
        );
    }

    /// <summary>One of the host's own nodes that has work.</summary>
    private async Task<NodeReport> VictimAsync(Trace trace, CancellationToken cancellation)
    {
        var working = trace.Read().Select(begun => begun.Pid).ToHashSet();
        return (await mailroom.NodesAsync(cancellation)).FirstOrDefault(node =>
                node is { Own: true, State: NodeState.Up, Pid: { } pid } && working.Contains(pid)
            )
            ?? throw new UserError(
                "drill: the host has no node of its own that works on the drill's job; 'mailroom nodes' lists them",
                ExitCode.NotFound
            );
    }

    private async Task<double?> BackAsync(NodeReport lost, DateTimeOffset at, CancellationToken cancellation)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        patience.CancelAfter(Patience);
        try
        {
            await mailroom.NodesAsync(
                nodes => nodes.Any(node => node.Name == lost.Name && node.State == NodeState.Up && node.Pid != lost.Pid),
                patience.Token
            );
            return (TimeProvider.System.GetUtcNow() - at).TotalSeconds;
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return null;
        }
    }

    private async Task<DrillReport> ReportAsync(
        JobDetail end,
        NodeReport node,
        DateTimeOffset at,
        IReadOnlyList<Trace.Begun> begun,
        double? back,
        double without,
        CancellationToken cancellation
    )
    {
        var log = new List<LogLine>();
        await foreach (var line in mailroom.LogsAsync(new LogQuery(Since: at), follow: false, cancellation))
            log.Add(line);
        var detected = After(log.FirstOrDefault(line => line.Event == Event.NodeLost.Name && (string?)line.Fields["name"] == node.Name));
        var requeued = After(
            log.LastOrDefault(line =>
                line.Event == Event.LeaseReturned.Name && (string?)line.Fields["from"] == node.Name && line.Job == end.Summary.Job
            )
        );
        var again = begun.Where(one => one.Pid == node.Pid).Select(one => one.Piece).ToHashSet() is var held
            ? begun.Where(one => one.Pid != node.Pid && held.Contains(one.Piece)).Select(one => (double?)(one.At - at).TotalSeconds).Max()
            : null;
        return Drills.Report(
            Name,
            $"{(hang ? "SIGSTOP to" : "kill -9 of")} {node.Name} (process {node.Pid})"
                + (requeued is null ? ", which ran no piece just then" : ""),
            pieces,
            end,
            deadWanted: 0,
            begun,
            without,
            Broken(node.Name, detected, back),
            !hang && requeued > AtOnce.TotalSeconds
                ? [$"the node's pieces went back to the queue after {requeued:0.0} s; at most {AtOnce.TotalSeconds:0.0} s are promised"]
                : []
        ) with
        {
            DetectedAfter = detected,
            RequeuedAfter = requeued,
            RanAgainAfter = again,
            BackAfter = back,
        };

        double? After(LogLine? line) => line is null ? null : (line.At - at).TotalSeconds;
    }

    /// <summary>What did not happen at all; times in seconds, null for never.</summary>
    private static List<string> Broken(string node, double? detected, double? back)
    {
        var broken = new List<string>();
        if (detected is null)
            broken.Add($"the host did not notice that {node} was gone");
        if (back is null)
            broken.Add($"{node} did not come back");
        return broken;
    }
}
