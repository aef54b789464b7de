using System.Text.Json.Nodes;
using Mailroom.Client;
using Mailroom.Host.Control;
using Mailroom.Host.Launch;
using Mailroom.Input;
using Mailroom.Jobs;
using Mailroom.Kinds;
using Mailroom.Model;

namespace Mailroom.Host.Lessons;

/// <summary>A piece that ends its process, by threads and by processes, each in a host of its own.</summary>
internal sealed class CrashLesson() : Lesson()
{
    private const int Pieces = 100;

    public override string Name => "crash";

    public override string Summary => "a crash takes all threads of its process with it; in a process of its own it takes only that";

    public override string Moral =>
        "Nothing catches a stack overflow, and nobody can end a thread. What may crash, leak or hang belongs in a process: that is "
        + "what a process buys, besides other machines.";

    protected override async Task RunAsync(CancellationToken cancellation)
    {
        var folder = Directory.CreateTempSubdirectory("mailroom-lesson").FullName;
        try
        {
            await using var first = await ChildHost.StartAsync(folder, ["--nodes", "1", "--ephemeral"], cancellation);
            await SendAsync(first, Technique.Threads, cancellation);
            See($"by threads the host and all its threads ended: {await first.EndAsync(cancellation)}", true);
            await using var second = await ChildHost.StartAsync(
                folder,
                ["--nodes", "2", "--ephemeral", "--set", "mailroom.nodes.min-backoff=50ms"],
                cancellation
            );
            var end = await SendAsync(second, Technique.Processes, cancellation);
            See(
                $"by processes the host lived on, {end?.Summary.Pieces.Done} of {Pieces} pieces gave a result, and the one that "
                    + $"crashed has a reason: {end?.Failures.FirstOrDefault()?.Reason}",
                !second.HasExited && end?.Summary.Pieces is { Done: Pieces - 1, Dead: 1 }
            );
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task<JobDetail?> SendAsync(ChildHost host, Technique by, CancellationToken cancellation)
    {
        try
        {
            return await host.Mailroom.RunAsync(
                new JobRequest(
                    "practice",
                    new JsonObject
                    {
                        ["count"] = Pieces,
                        ["crashAt"] = Pieces / 2,
                        ["crashBy"] = "stackOverflow",
                    },
                    Path.GetTempPath(),
                    by
                ),
                cancellation
            );
        }
        catch (UserError error) when (error.ExitCode == ExitCode.Unreachable)
        {
            return null; // the host has ended, which is the point
        }
    }
}
