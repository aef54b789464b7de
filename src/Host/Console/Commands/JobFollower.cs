using Mailroom.Client;
using Mailroom.Host.Control;
using Mailroom.Host.Terminals;
using Mailroom.Input;
using Mailroom.Kinds;
using Mailroom.Model;

namespace Mailroom.Host.Console.Commands;

/// <summary>Follows a job to its end: progress to stderr, the answer to stdout.</summary>
internal sealed class JobFollower(Session session, int job, int? pieces = null)
{
    private static readonly TimeSpan PlainEvery = TimeSpan.FromSeconds(5);

    // A job that is over so soon needs no bar that flickers.
    private const double CalmSeconds = 0.2;

    private readonly Terminal _terminal = session.Terminal;
    private readonly ProgressLine _progress = new();
    private bool _saidWhy;
    private string? _saidWaits;
    private int? _wanted = pieces;
    private long _lastPlain = TimeProvider.System.GetTimestamp();

    /// <param name="outPath">where the answer goes instead of stdout</param>
    /// <param name="cancelOnInterrupt">whether the job ends with the command, because its host does</param>
    public async Task<ExitCode> RunAsync(string? outPath, bool cancelOnInterrupt, CancellationToken cancellation)
    {
        JobDetail? last = null;
        session.Followed[job] = true;
        try
        {
            await foreach (var detail in session.Mailroom.FollowAsync(job, cancellation))
            {
                last = detail;
                SayWhy(detail);
                SayWhatItWaitsFor(detail.Summary);
                SayPieces(detail.Summary);
                if (!detail.Summary.HasEnded)
                    Show(detail.Summary);
            }
        }
        catch (OperationCanceledException)
        {
            _terminal.SetBottom("");
            if (!cancelOnInterrupt)
            {
                session.Followed.TryRemove(job, out _);
                _terminal.Notice($"job {job} runs on; 'mailroom jobs wait {job}' waits for it, 'mailroom jobs cancel {job}' ends it");
                return ExitCode.Interrupted;
            }
            last = await session.Mailroom.CancelAsync(job, CancellationToken.None);
            _terminal.Notice($"job {job} is cancelled, with {Quantity.Of(last.Summary.Pieces.Done, "piece")} done");
            return ExitCode.Interrupted;
        }
        catch (UserError error) when (error.ExitCode == ExitCode.Unreachable)
        {
            last = null; // its host has gone in the middle of a word
        }
        _terminal.SetBottom("");
        if (last is not { Summary.HasEnded: true } && !session.HostIsOurs)
            last = await FindAgainAsync(cancellation);
        return last is null
            ? throw new UserError(
                $"the host went away while job {job} ran; 'mailroom jobs show {job}' tells how it stands",
                ExitCode.Unreachable
            )
            : Print(last, outPath);
    }

    /// <summary>From whatever host there is now, if there is one; it may be just ending, or starting.</summary>
    private async Task<JobDetail> FindAgainAsync(CancellationToken cancellation)
    {
        try
        {
            return await session.FindAgainAsync(job, cancellation);
        }
        catch (UserError error) when (error.ExitCode == ExitCode.Unreachable)
        {
            throw MailroomClient.WentAway(job);
        }
    }

    private void SayPieces(JobSummary summary)
    {
        if (_wanted is not { } wanted || summary.Pieces.Total is not { } total)
            return;
        _wanted = null;
        if (total != wanted)
            _terminal.Notice($"--pieces asks for {wanted}, but {summary.Kind} cuts this job into {total}, by its arguments");
    }

    private ExitCode Print(JobDetail detail, string? outPath)
    {
        var summary = detail.Summary;
        if (!summary.HasEnded)
            throw new UserError($"job {job} has not ended, and no host runs it; 'mailroom start' goes on with it", ExitCode.Unreachable);
        if (outPath is not null && detail.Answer is { } answer)
            OutputFile.Write("--out", outPath, answer);
        if (session.Options.Json)
            session.Json(JobDocument.Of(detail));
        else if (detail.Answer is { } shown && outPath is null)
            Print(shown);
        foreach (var notice in session.Options.Json ? [] : detail.Answer?.Notices ?? [])
            _terminal.Notice(notice);
        if (summary.State == JobState.Completed)
        {
            if (_terminal.ErrorIsTerminal && !session.Options.Json)
                _terminal.Notice($"job {job}: {JobView.Outcome(summary)}");
            return ExitCode.Done;
        }
        foreach (var failure in detail.Failures.OrderBy(failure => failure.Piece.Index).Take(10))
            _terminal.Notice(
                $"  piece {failure.Piece.Index} after {Quantity.Of(failure.Attempts, "attempt")} on {failure.By.Node}: "
                    + $"{Visible.Text(failure.Reason ?? "")}"
            );
        _terminal.Error(
            $"job {job} {summary.State.Word()}: {summary.Reason}; 'mailroom jobs show {job}' and 'mailroom logs {job}' tell more"
        );
        return ExitCode.JobFailed;
    }

    private void Print(Answer answer)
    {
        if (answer.File is not null)
        {
            using var file = AnswerFile.Open(answer.File);
            _terminal.Exact(file);
        }
        else if (answer.IsExact)
            _terminal.Exact(answer.Text);
        else if (answer.Text.Length > 0)
            _terminal.Data(answer.Text);
    }

    private void SayWhy(JobDetail detail)
    {
        if (_saidWhy || detail.Because is null || session.Options.Json || !_terminal.ErrorIsTerminal)
            return;
        _saidWhy = true;
        _terminal.Notice($"by {detail.Summary.By.Word()}: {Visible.Text(detail.Because)}");
    }

    private void SayWhatItWaitsFor(JobSummary summary)
    {
        if (summary.HasEnded || summary.Reason == _saidWaits)
            return;
        _saidWaits = summary.Reason;
        if (_saidWaits is not null)
            _terminal.Notice($"job {job} waits: {Visible.Text(_saidWaits)}");
    }

    private void Show(JobSummary summary)
    {
        _progress.Sample(summary);
        if (summary.Seconds < CalmSeconds)
            return;
        if (_terminal.ErrorIsTerminal)
            _terminal.SetBottom(_progress.Bar(summary, _terminal.Width));
        else if (TimeProvider.System.GetElapsedTime(_lastPlain) >= PlainEvery)
        {
            _lastPlain = TimeProvider.System.GetTimestamp();
            _terminal.Notice(_progress.Plain(summary));
        }
    }
}
