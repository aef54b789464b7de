using System.Text;
using System.Text.Json;
using Mailroom.Client;
using Mailroom.Input;
using Mailroom.Jobs;
using Mailroom.Kinds;
using Microsoft.Extensions.Logging.Abstractions;

namespace Mailroom.Host.Console;

/// <summary>Runs one piece of a job in this process, without actors, retries or limits: for a debugger.</summary>
internal sealed class PieceReplay(Session session, Catalogue catalogue)
{
    public async Task<ExitCode> RunAsync(int job, int index, CancellationToken cancellation)
    {
        var (summary, order, _, _) = await (await session.ConnectAsync(cancellation)).OrderAsync(job, cancellation);
        if (catalogue.Find(summary.Kind) is var kind && catalogue.VersionOf(summary.Kind) != order.KindVersion)
            throw new UserError(
                $"job {job} ran with another {summary.Kind} ({order.KindVersion}) than this is ({catalogue.VersionOf(summary.Kind)})",
                ExitCode.Refused
            );
        var request = JsonSerializer.Deserialize<JobRequest>(order.RequestJson, Codec.JsonOptions)!;
        var work = kind.Open(order.ArgumentsJson);
        var (pieces, _) = await work.SplitAsync(new SplitHint(order.Workers, request.Pieces), cancellation);
        var piece =
            pieces.ElementAtOrDefault(index)
            ?? throw new UserError($"job {job} has no piece {index}; its pieces are numbered from 0", ExitCode.NotFound);
        session.Terminal.Notice($"job {job} piece {index} of kind {summary.Kind}, in process {Environment.ProcessId}");
        try
        {
            await using var _ = cancellation.Register(() =>
                session.Terminal.Notice("the piece was told to end; a second Ctrl-C ends this process")
            );
            var result = await work.RunAsync(piece, new PieceContext(job, index, 1, MayBlock: true, NullLogger.Instance, cancellation));
            session.Terminal.Data(
                Visible.Text(Encoding.UTF8.GetString(JsonSerializer.SerializeToUtf8Bytes(result, Codec.JsonOptions)), keepLines: true)
            );
            return ExitCode.Done;
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            session.Terminal.Notice(Visible.Text(error.ToString(), keepLines: true)); // the stack is what a replay is for
            session.Terminal.Error($"piece {index} failed: {error.Message}");
            return ExitCode.JobFailed;
        }
    }
}
