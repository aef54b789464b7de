using System.Globalization;
using System.Text.Json;
using Mailroom.Input;
using Mailroom.Kinds;
using Mailroom.Pools;
using Microsoft.Data.Sqlite;

namespace Mailroom.Journal;

/// <summary>The journal's file: one connection, used by one thread at a time. Any SQLite tool can read it meanwhile.</summary>
public sealed class JournalFile : IDisposable
{
    private const int SchemaVersion = 1;

    private const string Columns = "job, kind, by, state, name, priority, accepted_at, total, done, dead, retried, seconds, workers, reason";

    private readonly SqliteConnection _connection;

    private JournalFile(SqliteConnection connection, string path) => (_connection, Path) = (connection, path);

    public string Path { get; }

    /// <exception cref="UserError">the file is damaged or of a newer version; it is left as it is</exception>
    public static JournalFile Open(string path)
    {
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = path, Pooling = false }.ToString());
        try
        {
            connection.Open();
            var file = new JournalFile(connection, path);
            file.Prepare();
            return file;
        }
        catch (SqliteException error)
        {
            connection.Dispose();
            throw new UserError($"the journal {path} can't be used: {error.Message}; it is left as it is, choose another folder with --state or move it away", ExitCode.Refused, error);
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <summary>Commits a job and gives it its number.</summary>
    public int Accept(JobSummary job, string argumentsJson)
    {
        using var insert = Command(
            """
            insert into jobs (kind, by, state, name, priority, accepted_at, arguments, done, dead, retried, seconds, workers)
            values ($kind, $by, $state, $name, $priority, $accepted_at, $arguments, 0, 0, 0, 0, 0) returning job
            """,
            ("$kind", job.Kind), ("$by", Word(job.By)), ("$state", Word(job.State)), ("$name", job.Name), ("$priority", Word(job.Priority)),
            ("$accepted_at", job.AcceptedAt.UtcDateTime.ToString("O", CultureInfo.InvariantCulture)), ("$arguments", argumentsJson));
        return Convert.ToInt32(insert.ExecuteScalar(), CultureInfo.InvariantCulture);
    }

    /// <summary>Commits how a job ended.</summary>
    public void End(JobDetail job)
    {
        var (summary, pieces) = (job.Summary, job.Summary.Pieces);
        using var update = Command(
            """
            update jobs set state = $state, total = $total, done = $done, dead = $dead, retried = $retried, seconds = $seconds,
              workers = $workers, reason = $reason, answer = $answer, text = $text, failures = $failures where job = $job
            """,
            ("$job", summary.Job), ("$state", Word(summary.State)), ("$total", pieces.Total), ("$done", pieces.Done), ("$dead", pieces.Dead),
            ("$retried", pieces.Retried), ("$seconds", summary.Seconds), ("$workers", summary.Workers), ("$reason", summary.Reason),
            ("$answer", job.Answer?.Json), ("$text", job.Answer?.Text), ("$failures", JsonSerializer.Serialize(job.Failures, Codec.JsonOptions)));
        update.ExecuteNonQuery();
    }

    public JobDetail? Read(int job)
    {
        using var select = Command($"select {Columns}, arguments, answer, text, failures from jobs where job = $job", ("$job", job));
        using var row = select.ExecuteReader();
        if (!row.Read())
            return null;
        var answer = row["answer"] is string json ? new Answer(json, (string)row["text"]) : null;
        var failures = row["failures"] is string list ? JsonSerializer.Deserialize<Failure[]>(list, Codec.JsonOptions)! : [];
        return new JobDetail(Summary(row), (string)row["arguments"], answer, [.. failures]);
    }

    /// <summary>The last jobs, newest first.</summary>
    public IReadOnlyList<JobSummary> Last(int count)
    {
        using var select = Command($"select {Columns} from jobs order by job desc limit $count", ("$count", count));
        using var row = select.ExecuteReader();
        var jobs = new List<JobSummary>();
        while (row.Read())
            jobs.Add(Summary(row));
        return jobs;
    }

    public void Dispose() => _connection.Dispose();

    private void Prepare()
    {
        Execute("pragma journal_mode = wal; pragma synchronous = full;");
        using var version = Command("pragma user_version");
        var found = Convert.ToInt32(version.ExecuteScalar(), CultureInfo.InvariantCulture);
        if (found > SchemaVersion)
            throw new UserError($"the journal {Path} has version {found}, but this mailroom knows versions up to {SchemaVersion}; use a newer mailroom or another folder with --state", ExitCode.Refused);
        Execute(
            $"""
            create table if not exists jobs (
              job integer primary key autoincrement, kind text not null, by text not null, state text not null, name text,
              priority text not null, accepted_at text not null, arguments text not null, total integer, done integer not null,
              dead integer not null, retried integer not null, seconds real not null, workers integer not null,
              reason text, answer text, text text, failures text) strict;
            update jobs set state = 'failed', reason = 'its host ended while the job ran' where state in ('accepted', 'running');
            pragma user_version = {SchemaVersion};
            """);
    }

    private void Execute(string sql)
    {
        using var command = Command(sql);
        command.ExecuteNonQuery();
    }

    private SqliteCommand Command(string sql, params (string Name, object? Value)[] parameters)
    {
        var command = _connection.CreateCommand();
        command.CommandText = sql;
        foreach (var (name, value) in parameters)
            command.Parameters.AddWithValue(name, value ?? DBNull.Value);
        return command;
    }

    private static JobSummary Summary(SqliteDataReader row) => new(
        Count(row, "job"),
        (string)row["kind"],
        Enum.Parse<Technique>((string)row["by"], ignoreCase: true),
        Enum.Parse<JobState>((string)row["state"], ignoreCase: true),
        row["name"] as string,
        Enum.Parse<Priority>((string)row["priority"], ignoreCase: true),
        DateTimeOffset.Parse((string)row["accepted_at"], CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal),
        new PieceCounts(row["total"] is long total ? (int)total : null, Count(row, "done"), Count(row, "dead"), Count(row, "retried")),
        (double)row["seconds"],
        Count(row, "workers"),
        row["reason"] as string);

    private static int Count(SqliteDataReader row, string column) => Convert.ToInt32(row[column], CultureInfo.InvariantCulture);

    private static string Word(Enum value) => JsonNamingPolicy.CamelCase.ConvertName(value.ToString());
}
