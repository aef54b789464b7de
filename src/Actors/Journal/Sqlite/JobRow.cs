using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Mailroom.Batches;
using Mailroom.Client;
using Mailroom.Input;
using Mailroom.Kinds;
using Mailroom.Model;
using Microsoft.Data.Sqlite;

namespace Mailroom.Journal.Sqlite;

/// <summary>A row of the table <c>jobs</c>.</summary>
internal static class JobRow
{
    public const string Unended = "state not in ('completed', 'failed', 'cancelled')";

    // Of a job that has not ended, what is recorded of it says how far it is.
    public const string Columns = $"""
        job, kind, by, state, name, priority, accepted_at, total, retried, stale, seconds, workers, reason,
        case when {Unended} then (select coalesce(sum(pieces), 0) from records where records.job = jobs.job) else done end as done,
        case when {Unended} then (select count(*) from dead where dead.job = jobs.job) else dead end as dead
        """;

    public const string OrderColumns = "request, arguments, kind_version, split_workers, checksum, begun_at";

    public const string DetailColumns = "arguments, answer, text, notices, exact, file, failures, because, profile";

    public static JobSummary Summary(SqliteDataReader row) =>
        new(
            Count(row, "job"),
            (string)row["kind"],
            Enum.Parse<Technique>((string)row["by"], ignoreCase: true),
            Enum.Parse<JobState>((string)row["state"], ignoreCase: true),
            row["name"] as string,
            Enum.Parse<Priority>((string)row["priority"], ignoreCase: true),
            Time((string)row["accepted_at"]),
            new PieceCounts(
                row["total"] is long total ? (int)total : null,
                Count(row, "done"),
                Count(row, "dead"),
                Count(row, "retried"),
                Count(row, "stale")
            ),
            (double)row["seconds"],
            Count(row, "workers"),
            row["reason"] as string
        );

    /// <exception cref="UserError">the row was damaged, perhaps before there were <see cref="Seals"/></exception>
    public static AcceptedJob Unfinished(SqliteDataReader row, string place)
    {
        var workers = Count(row, "split_workers");
        var order = new JobOrder((string)row["request"], (string)row["arguments"], (string)row["kind_version"], workers);
        var summary = Summary(row);
        if (Checksum(summary.Kind, order) != (long)row["checksum"])
            throw Seals.Damaged(place, "jobs", summary.Job);
        return new AcceptedJob(summary, order, row["begun_at"] is string at ? Time(at) : summary.AcceptedAt);
    }

    /// <summary>All that the row says of a job; its attempts stand elsewhere.</summary>
    public static JobDetail Detail(SqliteDataReader row) =>
        new(
            Summary(row),
            (string)row["arguments"],
            row["answer"] is string json
                ? new Answer(json, (string)row["text"], Json<string[]>(row["notices"]), (long)row["exact"] != 0, row["file"] as string)
                : null,
            [.. (Json<DeadPiece[]>(row["failures"]) ?? []).Select(dead => dead.ToOutcome())],
            [],
            row["because"] as string,
            Json<Profile>(row["profile"])
        );

    /// <summary>Tells a row that was damaged on the disk.</summary>
    public static long Checksum(string kind, JobOrder order) =>
        RecordForm.Checksum(
            order.Workers,
            Encoding.UTF8.GetBytes($"{kind}\n{order.RequestJson}\n{order.ArgumentsJson}\n{order.KindVersion}")
        );

    public static int Count(SqliteDataReader row, string column) => Convert.ToInt32(row[column], CultureInfo.InvariantCulture);

    public static string Time(DateTimeOffset time) => time.UtcDateTime.ToString("O", CultureInfo.InvariantCulture);

    public static DateTimeOffset Time(string time) =>
        DateTimeOffset.Parse(time, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal);

    private static T? Json<T>(object column)
        where T : class => column is string json ? JsonSerializer.Deserialize<T>(json, Codec.JsonOptions) : null;
}
