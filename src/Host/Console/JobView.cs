using System.Globalization;
using Mailroom.Batches;
using Mailroom.Client;
using Mailroom.Host.Terminals;
using Mailroom.Input;
using Mailroom.Logs;
using Mailroom.Model;

namespace Mailroom.Host.Console;

/// <summary>Jobs for people.</summary>
internal static class JobView
{
    private const int ShownAttempts = 20;

    public static void List(Terminal terminal, IReadOnlyList<JobSummary> jobs)
    {
        if (jobs.Count == 0)
            terminal.Notice("no jobs yet; 'mailroom send KIND' sends one, 'mailroom kinds' lists the kinds");
        else
            terminal.Table(["JOB", "KIND", "BY", "STATE", "PIECES", "TIME", "NAME"], jobs.Select(Row), stretch: 6);
    }

    /// <summary>"completed in 0.4s: 64 pieces by threads on 2 workers".</summary>
    public static string Outcome(JobSummary job) =>
        $"{job.State.Word()} in {Quantity.Text(TimeSpan.FromSeconds(job.Seconds))}: {Pieces(job)} pieces by {job.By.Word()} on "
        + $"{Quantity.Of(job.Workers, "worker")}"
        + (job.Pieces.Retried > 0 ? $", {job.Pieces.Retried} retried" : "");

    /// <param name="log">the last lines that were logged of dead pieces</param>
    public static void Show(Terminal terminal, JobDetail detail, ILookup<int, LogLine> log)
    {
        var job = detail.Summary;
        terminal.Data($"job       {job.Job}{(job.Name is null ? "" : $" ({Visible.Text(job.Name)})")}");
        terminal.Data($"kind      {job.Kind} {Visible.Text(detail.ArgumentsJson)}");
        terminal.Data(
            $"by        {job.By.Word()}, {job.Priority.Word()} "
                + $"priority{(detail.Because is null ? "" : $": {Visible.Text(detail.Because)}")}"
        );
        terminal.Data($"state     {job.State.Word()}{(job.Reason is null ? "" : $": {Visible.Text(job.Reason)}")}");
        terminal.Data(
            $"pieces    {Pieces(job)} done, {job.Pieces.Dead} dead, {job.Pieces.Retried} "
                + $"retried{(job.Pieces.Stale > 0 ? $", {job.Pieces.Stale} late or double outcomes dropped" : "")}"
        );
        terminal.Data(
            $"time      {Quantity.Text(TimeSpan.FromSeconds(job.Seconds))} on {Quantity.Of(job.Workers, "worker")}, "
                + $"accepted {job.AcceptedAt.ToLocalTime().ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture)}"
        );
        if (detail.Profile is { } profile)
            terminal.Data(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"a piece   {Quantity.Text(TimeSpan.FromSeconds(profile.Seconds))}, of which "
                        + $"{Math.Round((1 - profile.Waiting) * 100)} % computing, as it was measured"
                )
            );
        if (detail.Answer is { } answer)
            terminal.Data($"answer    {(answer.File is { } file ? $"stands in {file}" : Visible.Text(answer.Text, keepLines: true))}");
        foreach (var notice in detail.Answer?.Notices ?? [])
            terminal.Data($"notice    {Visible.Text(notice, keepLines: true).Replace("\n", "\n          ", StringComparison.Ordinal)}");
        foreach (var failure in detail.Failures.OrderBy(failure => failure.Piece.Index))
            ShowDead(terminal, failure, log);
        ShowAttempts(terminal, detail);
    }

    private static void ShowDead(Terminal terminal, Outcome failure, ILookup<int, LogLine> log)
    {
        terminal.Data(
            $"dead      piece {failure.Piece.Index} after {Quantity.Of(failure.Attempts, "attempt")} on "
                + $"{failure.By.Node}: {Visible.Text(failure.Reason ?? "")}"
        );
        if (failure.Detail is not null)
            terminal.Data(
                "          " + Visible.Text(failure.Detail, keepLines: true).Replace("\n", "\n          ", StringComparison.Ordinal)
            );
        foreach (var line in log[failure.Piece.Index])
            terminal.Data($"          {Clock(line.At)} {line.Node} {line.Event} {Visible.Text(line.Text)}");
    }

    /// <summary>
    /// The last failed attempts, a line for each; those that ended with one process together, because most of them did nothing wrong.
    /// </summary>
    private static void ShowAttempts(Terminal terminal, JobDetail detail)
    {
        var ends = detail
            .Attempts.GroupBy(attempt =>
                attempt.How == How.Crashed
                    ? (attempt.By.Node, attempt.At.Ticks / TimeSpan.TicksPerSecond, attempt.Reason)
                    : (attempt.By.Node, attempt.At.Ticks, $"{attempt.Piece.Index} {attempt.Reason}")
            )
            .ToList();
        foreach (var end in ends.TakeLast(ShownAttempts))
        {
            var first = end.First();
            var more = end.Count() - 1;
            terminal.Data(
                $"failed    piece {first.Piece.Index} attempt {first.Piece.Attempt} on {first.By.Node} at {Clock(first.At)}: "
                    + $"{Visible.Text(first.Reason ?? "")}{(more > 0 ? $"; {more} more were in that process" : "")}"
            );
        }
        if (ends.Count > ShownAttempts)
            terminal.Data($"          and others before; --json shows the last {detail.Attempts.Length}");
    }

    private static string Clock(DateTimeOffset at) => at.ToLocalTime().ToString("HH:mm:ss.fff", CultureInfo.InvariantCulture);

    private static string[] Row(JobSummary job) =>
        [
            job.Job.ToString(CultureInfo.InvariantCulture),
            job.Kind,
            job.By.Word(),
            job.State.Word(),
            Pieces(job) + (job.Pieces.Dead > 0 ? $" -{job.Pieces.Dead}" : ""),
            Quantity.Text(TimeSpan.FromSeconds(job.Seconds)),
            job.Name ?? "",
        ];

    private static string Pieces(JobSummary job) => $"{job.Pieces.Done}/{job.Pieces.Total?.ToString(CultureInfo.InvariantCulture) ?? "?"}";
}
