using System.Globalization;
using System.Text;
using System.Text.Json;
using Mailroom.Advice;
using Mailroom.Batches;
using Mailroom.Input;
using Mailroom.Kinds;
using Microsoft.Data.Sqlite;

namespace Mailroom.Journal;

/// <summary>The journal's file: one connection, used by one thread at a time. Any SQLite tool can read it meanwhile.</summary>
public sealed class JournalFile : IDisposable
{
    private const int SchemaVersion = 6;
    private const long MaxCheckedBytes = 64 * 1024 * 1024; // a bigger one would take longer to check than to start
    private const int ReplayBytes = 1024 * 1024;
    private const int ShownAttempts = 100;
    private const int MaxFailures = 1_000;

    private const string Damaged =
        "it is left as it is: move it away, or have SQLite's own tool save what can be saved (sqlite3 journal.db .recover)";

    private const string Unended = "state in ('accepted', 'running', 'paused')";

    // Of a job that has not ended, what is recorded of it says how far it is.
    private const string Columns = $"""
        job, kind, by, state, name, priority, accepted_at, total, retried, stale, seconds, workers, reason,
        case when {Unended} then (select coalesce(sum(pieces), 0) from records where records.job = jobs.job) else done end as done,
        case when {Unended} then (select count(*) from dead where dead.job = jobs.job) else dead end as dead
        """;

    private readonly SqliteConnection _connection;

    // The unfinished jobs that the host of this journal runs.
    private readonly HashSet<int> _hosted = [];

    private JournalFile(SqliteConnection connection, string path) => (_connection, Path) = (connection, path);

    public string Path { get; }

    /// <summary>For specs that make SQLite itself fail.</summary>
    internal SqliteConnection Connection => _connection;

    /// <exception cref="UserError">the file is damaged, read-only or of a newer version; it is left as it is</exception>
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
            throw Unusable(path, error);
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <summary>A journal in memory: all works as with a file, and nothing outlives the host.</summary>
    public static JournalFile Ephemeral() => Open(":memory:");

    /// <summary>Commits a job and gives it its number.</summary>
    public int Accept(JobSummary job, JobOrder order)
    {
        using var insert = Command(
            """
            insert into jobs (kind, by, state, name, priority, accepted_at, request, arguments, kind_version, split_workers, checksum, request_id, done, dead, retried, seconds, workers, hosted)
            values ($kind, $by, $state, $name, $priority, $accepted_at, $request, $arguments, $kind_version, $split_workers, $checksum, $request_id, 0, 0, 0, 0, 0, 1) returning job
            """,
            ("$kind", job.Kind),
            ("$by", job.By.Word()),
            ("$state", job.State.Word()),
            ("$name", job.Name),
            ("$priority", job.Priority.Word()),
            ("$accepted_at", Time(job.AcceptedAt)),
            ("$request", order.RequestJson),
            ("$arguments", order.ArgumentsJson),
            ("$kind_version", order.KindVersion),
            ("$split_workers", order.Workers),
            ("$checksum", Checksum(job.Kind, order)),
            ("$request_id", order.Id)
        );
        var number = Convert.ToInt32(insert.ExecuteScalar(), CultureInfo.InvariantCulture);
        _hosted.Add(number);
        return number;
    }

    /// <summary>The job that was accepted with this id, or null.</summary>
    public int? Find(string id)
    {
        using var select = Command("select job from jobs where request_id = $id", ("$id", id));
        return select.ExecuteScalar() is long job ? (int)job : null;
    }

    /// <summary>A job that has not ended, or null; from now on this host runs it.</summary>
    /// <exception cref="UserError">its row is damaged</exception>
    public UnfinishedJob? Unfinished(int job)
    {
        var unfinished = Orders($"job = {job.ToString(CultureInfo.InvariantCulture)} and {Unended}").SingleOrDefault();
        if (unfinished is not null)
            _hosted.Add(job);
        return unfinished;
    }

    /// <summary>Commits the ends of pieces and failed attempts of several jobs together.</summary>
    public void Record(IEnumerable<JournalWriter.Record> records)
    {
        using var transaction = _connection.BeginTransaction();
        using var insert = Command(
            "insert into records (job, pieces, data, checksum, form) values ($job, $pieces, $data, $checksum, $form)",
            ("$job", 0),
            ("$pieces", 0),
            ("$data", Array.Empty<byte>()),
            ("$checksum", 0L),
            ("$form", RecordForm.Newest)
        );
        foreach (var record in records)
        {
            foreach (var attempt in record.Attempts)
                Note(record.Job, attempt);
            foreach (var batch in RecordForm.Rows(record.Ends.Done))
            {
                var data = BatchForm.Write(batch);
                (insert.Parameters["$job"].Value, insert.Parameters["$pieces"].Value) = (record.Job, batch.Count);
                (insert.Parameters["$data"].Value, insert.Parameters["$checksum"].Value) = (
                    data,
                    RecordForm.Checksum(record.Job, data, RecordForm.Newest)
                );
                insert.ExecuteNonQuery();
            }
            foreach (var dead in record.Ends.Others)
                Bury(record.Job, new DeadPiece(dead, record.By.Node));
        }
        transaction.Commit();
    }

    /// <summary>What is recorded of a job behind a mark, about a megabyte of it, and the next mark; null when that was all.</summary>
    /// <exception cref="UserError">a row is damaged</exception>
    public (IReadOnlyList<Batch> Done, long? After) Replay(int job, long after)
    {
        using var select = Command(
            "select id, data, checksum, form from records where job = $job and id > $after order by id",
            ("$job", job),
            ("$after", after)
        );
        using var row = select.ExecuteReader();
        var done = new List<Batch>();
        for (var bytes = 0; bytes < ReplayBytes; )
        {
            if (!row.Read())
                return (done, null);
            var (id, data, form) = (row.GetInt64(0), (byte[])row[1], row.GetInt32(3));
            if (RecordForm.Checksum(job, data, form) != row.GetInt64(2))
                throw new UserError($"row {id} of the table records in {Path} is damaged: its checksum is wrong", ExitCode.Refused);
            done.Add(RecordForm.Read(data, form));
            (bytes, after) = (bytes + data.Length, id);
        }
        return (done, after);
    }

    /// <summary>Attempts that failed and count, in the order in which they did, without their stacks.</summary>
    public IReadOnlyList<FailedAttempt> Attempts(int job) => Attempts("job = $job and not forgiven order by id", job, withDetail: false);

    /// <summary>Commits that a job is paused, runs on, or runs its dead pieces again.</summary>
    /// <param name="again">set where its dead pieces are to be run again, from then on</param>
    public void Change(int job, JobState state, DateTimeOffset? again, string? reason)
    {
        using var transaction = _connection.BeginTransaction();
        Execute(
            "update jobs set state = $state, reason = $reason, hosted = 1 where job = $job",
            ("$state", state.Word()),
            ("$reason", reason),
            ("$job", job)
        );
        if (again is { } time)
            Execute(
                """
                delete from dead where job = $job; update attempts set forgiven = 1 where job = $job;
                update jobs set failures = null, answer = null, begun_at = $at where job = $job
                """,
                ("$job", job),
                ("$at", Time(time))
            );
        transaction.Commit();
        _hosted.Add(job);
    }

    /// <summary>
    /// Commits that this host takes over a job, and counts it if the last one died over it, which it did if it ran the job
    /// by its own threads, and has not ended in order.
    /// </summary>
    /// <param name="goesOn">whether this host can run it</param>
    /// <returns>how many hosts in a row died over it, without anything new being recorded</returns>
    public int TakeOver(int job, bool goesOn)
    {
        using var update = Command(
            """
            update jobs set hosted = $hosted,
              deaths = case when hosted = 0 or by = 'processes' or state = 'paused' then deaths when died_at = known then deaths + 1 else 1 end,
              died_at = case when hosted = 0 or by = 'processes' or state = 'paused' then died_at else known end
            from (select (select coalesce(sum(pieces), 0) from records where job = $job) + (select count(*) from dead where job = $job) as known)
            where job = $job returning deaths
            """,
            ("$job", job),
            ("$hosted", goesOn ? 1 : 0)
        );
        var deaths = Convert.ToInt32(update.ExecuteScalar(), CultureInfo.InvariantCulture);
        if (goesOn)
            _hosted.Add(job);
        return deaths;
    }

    /// <summary>Commits that the host ends in order: whatever it leaves unfinished, it has not died over it.</summary>
    public void Close()
    {
        using var transaction = _connection.BeginTransaction();
        foreach (var job in _hosted)
            Execute("update jobs set hosted = 0, deaths = 0, died_at = -1 where job = $job", ("$job", job));
        transaction.Commit();
    }

    /// <summary>
    /// Forgets all but the last jobs, and those that have not ended; and what a host that died meanwhile recorded of jobs that were
    /// cancelled.
    /// </summary>
    public void Forget(int allBut)
    {
        const string old = $"select job from jobs where job <= (select max(job) from jobs) - $kept and not {Unended}";
        using var transaction = _connection.BeginTransaction();
        foreach (var table in new[] { "records", "dead", "attempts", "jobs" })
            Execute($"delete from {table} where job in ({old})", ("$kept", allBut));
        Execute("delete from records where job in (select job from jobs where state in ('completed', 'cancelled'))");
        transaction.Commit();
    }

    /// <summary>
    /// Commits how a job ended. What is recorded of its pieces is kept only as long as some of them are dead, for their retry.
    /// </summary>
    public void End(JobDetail job)
    {
        var (summary, pieces) = (job.Summary, job.Summary.Pieces);
        using var transaction = _connection.BeginTransaction();
        Execute(
            """
            update jobs set by = $by, because = $because, state = $state, total = $total, done = $done, dead = $dead, retried = $retried, stale = $stale, seconds = $seconds,
              workers = $workers, reason = $reason, answer = $answer, text = $text, notices = $notices, exact = $exact, file = $file, failures = $failures, profile = $profile, hosted = 0, deaths = 0, died_at = -1 where job = $job
            """,
            ("$job", summary.Job),
            ("$by", summary.By.Word()),
            ("$because", job.Because),
            ("$state", summary.State.Word()),
            ("$total", pieces.Total),
            ("$done", pieces.Done),
            ("$dead", pieces.Dead),
            ("$retried", pieces.Retried),
            ("$stale", pieces.Stale),
            ("$seconds", summary.Seconds),
            ("$workers", summary.Workers),
            ("$reason", summary.Reason),
            ("$answer", job.Answer?.Json),
            ("$text", job.Answer?.Text),
            ("$notices", job.Answer?.Notices is { } notices ? JsonSerializer.Serialize(notices, Codec.JsonOptions) : null),
            ("$exact", job.Answer is { IsExact: true } ? 1 : 0),
            ("$file", job.Answer?.File),
            ("$failures", JsonSerializer.Serialize(job.Failures, Codec.JsonOptions)),
            ("$profile", job.Profile is null ? null : JsonSerializer.Serialize(job.Profile, Codec.JsonOptions))
        );
        if (summary.State != JobState.Failed)
            Execute("delete from records where job = $job", ("$job", summary.Job));
        transaction.Commit();
        _hosted.Remove(summary.Job);
        Execute("pragma incremental_vacuum");
    }

    public JobDetail? Read(int job)
    {
        using var select = Command(
            $"select {Columns}, arguments, answer, text, notices, exact, file, failures, because, profile from jobs where job = $job",
            ("$job", job)
        );
        using var row = select.ExecuteReader();
        if (!row.Read())
            return null;
        var answer = row["answer"] is string json
            ? new Answer(
                json,
                (string)row["text"],
                row["notices"] is string notices ? JsonSerializer.Deserialize<string[]>(notices, Codec.JsonOptions) : null,
                (long)row["exact"] != 0,
                row["file"] as string
            )
            : null;
        var failures = row["failures"] is string list
            ? JsonSerializer.Deserialize<Failure[]>(list, Codec.JsonOptions)!
            : [.. Dead(job).Take(MaxFailures).Select(dead => dead.Failure)];
        var attempts = Attempts(
            $"id in (select id from attempts where job = $job order by id desc limit {ShownAttempts}) order by id",
            job,
            withDetail: true
        );
        return new JobDetail(
            Summary(row),
            (string)row["arguments"],
            answer,
            [.. failures],
            [.. attempts],
            row["because"] as string,
            row["profile"] is string profile ? JsonSerializer.Deserialize<Profile>(profile, Codec.JsonOptions) : null
        );
    }

    /// <summary>The files in which answers stand that are too big for the journal.</summary>
    public IReadOnlySet<string> AnswerFiles()
    {
        using var select = Command("select file from jobs where file is not null");
        using var row = select.ExecuteReader();
        var files = new HashSet<string>(StringComparer.Ordinal);
        while (row.Read())
            files.Add(row.GetString(0));
        return files;
    }

    /// <summary>What was chosen for a job of this kind with these arguments, or null.</summary>
    public Choice? Learned(string kind, string argumentsJson)
    {
        using var select = Command(
            "select by, because from learned where kind = $kind and arguments = $arguments",
            ("$kind", kind),
            ("$arguments", Key(argumentsJson))
        );
        using var row = select.ExecuteReader();
        return row.Read() ? new Choice(Enum.Parse<Technique>(row.GetString(0), ignoreCase: true), row.GetString(1)) : null;
    }

    /// <param name="job">the job that goes on by what was chosen, or null</param>
    public void Learn(int? job, string kind, string argumentsJson, Choice choice)
    {
        using var transaction = _connection.BeginTransaction();
        Execute(
            "update jobs set by = $by, because = $because where job = $job",
            ("$job", job),
            ("$by", choice.By.Word()),
            ("$because", choice.Because)
        );
        Execute(
            "insert or replace into learned (kind, arguments, by, because) values ($kind, $arguments, $by, $because)",
            ("$kind", kind),
            ("$arguments", Key(argumentsJson)),
            ("$by", choice.By.Word()),
            ("$because", choice.Because)
        );
        transaction.Commit();
    }

    /// <summary>What a job was asked to do.</summary>
    /// <exception cref="UserError">its row is damaged</exception>
    public UnfinishedJob? Order(int job) => Orders($"job = {job.ToString(CultureInfo.InvariantCulture)}").SingleOrDefault();

    /// <summary>The jobs that have not ended, oldest first.</summary>
    /// <exception cref="UserError">a row is damaged</exception>
    public IReadOnlyList<UnfinishedJob> Unfinished() => Orders(Unended);

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

    private List<UnfinishedJob> Orders(string where)
    {
        using var select = Command(
            $"select {Columns}, request, arguments, kind_version, split_workers, checksum, begun_at from jobs where request is not "
                + $"null and {where} order by job"
        );
        using var row = select.ExecuteReader();
        var jobs = new List<UnfinishedJob>();
        while (row.Read())
        {
            var order = new JobOrder(
                (string)row["request"],
                (string)row["arguments"],
                (string)row["kind_version"],
                Count(row, "split_workers")
            );
            var summary = Summary(row);
            if (Checksum(summary.Kind, order) != (long)row["checksum"])
                throw new UserError(
                    $"the row of job {summary.Job} in {Path} is damaged: its checksum is wrong; nothing of the file is changed",
                    ExitCode.Refused
                );
            jobs.Add(new UnfinishedJob(summary, order, row["begun_at"] is string at ? Time(at) : summary.AcceptedAt));
        }
        return jobs;
    }

    private void Bury(int job, DeadPiece dead) =>
        Execute(
            """
            insert or replace into dead (job, piece, attempts, crashes, reason, node, detail, result)
            values ($job, $piece, $attempts, $crashes, $reason, $node, $detail, $result)
            """,
            ("$job", job),
            ("$piece", dead.Last.Piece.Index),
            ("$attempts", dead.Failure.Attempts),
            ("$crashes", dead.Last.Piece.Crashes),
            ("$reason", dead.Failure.Reason),
            ("$node", dead.Node),
            ("$detail", dead.Last.Detail),
            ("$result", dead.Last.Result?.Bytes.ToArray())
        );

    private void Note(int job, FailedAttempt attempt) =>
        Execute(
            "insert into attempts (job, piece, attempt, crashed, at, node, worker, seconds, reason, detail) values ($job, $piece, "
                + "$attempt, $crashed, $at, $node, $worker, $seconds, $reason, $detail)",
            ("$job", job),
            ("$piece", attempt.Piece),
            ("$attempt", attempt.Attempt),
            ("$crashed", attempt.Crashed ? 1 : 0),
            ("$at", Time(attempt.At)),
            ("$node", attempt.Node),
            ("$worker", attempt.Worker),
            ("$seconds", attempt.Seconds),
            ("$reason", attempt.Reason),
            ("$detail", attempt.Detail)
        );

    private List<FailedAttempt> Attempts(string which, int job, bool withDetail)
    {
        using var select = Command(
            $"select piece, attempt, crashed, at, node, worker, seconds, reason{(withDetail ? ", detail" : "")} from attempts where "
                + $"{which}",
            ("$job", job)
        );
        using var row = select.ExecuteReader();
        var attempts = new List<FailedAttempt>();
        while (row.Read())
            attempts.Add(
                new FailedAttempt(
                    Count(row, "piece"),
                    Count(row, "attempt"),
                    Count(row, "crashed") != 0,
                    Time((string)row["at"]),
                    (string)row["node"],
                    (string)row["worker"],
                    (double)row["seconds"],
                    (string)row["reason"],
                    withDetail ? row["detail"] as string : null
                )
            );
        return attempts;
    }

    /// <summary>The dead pieces of a job.</summary>
    public IReadOnlyList<DeadPiece> Dead(int job)
    {
        using var select = Command(
            "select piece, attempts, crashes, reason, node, detail, result from dead where job = $job",
            ("$job", job)
        );
        using var row = select.ExecuteReader();
        var dead = new List<DeadPiece>();
        while (row.Read())
        {
            var piece = new Piece(Count(row, "piece"), Count(row, "attempts") - Count(row, "crashes"), Count(row, "crashes"), Payload.None);
            var result = row["result"] is byte[] bytes ? Payload.Of(bytes) : null;
            var last = new Outcome(piece, How.GaveUp, result, (string)row["reason"], row["detail"] as string, 0);
            dead.Add(new DeadPiece(last, (string)row["node"]));
        }
        return dead;
    }

    private void Prepare()
    {
        using var version = Command("pragma user_version");
        var found = Convert.ToInt32(version.ExecuteScalar(), CultureInfo.InvariantCulture);
        if (found > SchemaVersion)
            throw new UserError(
                $"the journal {Path} has version {found}, but this mailroom knows versions up to {SchemaVersion}; use a newer "
                    + "mailroom or another folder with --state",
                ExitCode.Refused
            );
        if (File.Exists(Path) && new FileInfo(Path).Length < MaxCheckedBytes)
            Check();
        if (found == 0)
            Execute("pragma auto_vacuum = incremental");
        Execute("pragma journal_mode = wal; pragma synchronous = full;");
        if (found == SchemaVersion)
            return;
        using var transaction = _connection.BeginTransaction(); // a file is of one version or of the other, never between
        if (found == 1)
        {
            AddColumn("jobs", "request", "text");
            AddColumn("jobs", "kind_version", "text not null default ''");
            AddColumn("jobs", "split_workers", "integer not null default 1");
            AddColumn("jobs", "checksum", "integer not null default 0");
            Execute("update jobs set state = 'failed', reason = 'its host ended while the job ran' where state in ('accepted', 'running')");
        }
        if (found > 0)
        {
            AddColumn("jobs", "stale", "integer not null default 0"); // from version 3 on
            AddColumn("jobs", "deaths", "integer not null default 0");
            AddColumn("jobs", "died_at", "integer not null default -1");
            AddColumn("jobs", "because", "text");
            AddColumn("jobs", "hosted", "integer not null default 0"); // from version 4 on
            AddColumn("jobs", "begun_at", "text");
            AddColumn("jobs", "profile", "text");
            AddColumn("jobs", "notices", "text"); // from version 5 on
            AddColumn("jobs", "exact", "integer not null default 0");
            AddColumn("jobs", "file", "text");
            AddColumn("jobs", "request_id", "text");
        }
        if (found > 1)
        {
            AddColumn("records", "form", "integer not null default 0"); // from version 6 on
        }
        Execute(
            $"""
            create table if not exists jobs (
              job integer primary key autoincrement, kind text not null, by text not null, state text not null, name text,
              priority text not null, accepted_at text not null, request text, arguments text not null, kind_version text not null default '',
              split_workers integer not null default 1, checksum integer not null default 0, total integer, done integer not null,
              dead integer not null, retried integer not null, stale integer not null default 0, seconds real not null, workers integer not null,
              reason text, answer text, text text, notices text, exact integer not null default 0, file text, request_id text, failures text, deaths integer not null default 0, died_at integer not null default -1, because text,
              hosted integer not null default 0, begun_at text, profile text) strict;
            create unique index if not exists jobs_by_request on jobs (request_id) where request_id is not null;
            create table if not exists learned (kind text not null, arguments text not null, by text not null, because text not null, primary key (kind, arguments)) strict;
            create table if not exists records (
              id integer primary key autoincrement, job integer not null, pieces integer not null, data blob not null, checksum integer not null, form integer not null default 0) strict;
            create index if not exists records_of_job on records (job);
            create table if not exists dead (
              job integer not null, piece integer not null, attempts integer not null, crashes integer not null, reason text not null, node text not null, detail text, result blob,
              primary key (job, piece)) strict;
            create table if not exists attempts (
              id integer primary key autoincrement, job integer not null, piece integer not null, attempt integer not null, crashed integer not null, at text not null,
              node text not null, worker text not null, seconds real not null, reason text not null, detail text, forgiven integer not null default 0) strict;
            create index if not exists attempts_of_job on attempts (job);
            pragma user_version = {SchemaVersion};
            """
        );
        transaction.Commit();
    }

    private void AddColumn(string table, string name, string type)
    {
        using var known = Command("select count(*) from pragma_table_info($table) where name = $name", ("$table", table), ("$name", name));
        if (Convert.ToInt32(known.ExecuteScalar(), CultureInfo.InvariantCulture) == 0)
            Execute($"alter table {table} add column {name} {type}");
    }

    /// <summary>SQLite's own check of its pages; what it can't see, the checksums do.</summary>
    private void Check()
    {
        using var check = Command("pragma quick_check(1)");
        if (check.ExecuteScalar() is not "ok" and var damage)
            throw new UserError($"the journal {Path} is damaged: {Visible.Text($"{damage}")}; {Damaged}", ExitCode.Refused);
    }

    private static UserError Unusable(string path, SqliteException error)
    {
        const int readOnly = 8,
            full = 13,
            cantOpen = 14,
            corrupt = 11,
            notADatabase = 26;
        var what = error.SqliteErrorCode switch
        {
            readOnly or cantOpen => "it can't be written; make it and its folder writable",
            full => "the disk is full; make room",
            corrupt or notADatabase => $"it is damaged; {Damaged}",
            _ => "it is left as it is",
        };
        return new UserError(
            $"the journal {path} can't be used: {error.Message.TrimEnd('.')}; {what}, or choose another folder with --state",
            ExitCode.Refused,
            error
        );
    }

    private static long Checksum(string kind, JobOrder order) =>
        RecordForm.Checksum(
            order.Workers,
            Encoding.UTF8.GetBytes($"{kind}\n{order.RequestJson}\n{order.ArgumentsJson}\n{order.KindVersion}")
        );

    private void Execute(string sql, params (string Name, object? Value)[] parameters)
    {
        using var command = Command(sql, parameters);
        using var row = command.ExecuteReader();
        while (row.NextResult())
        {
            // To the last statement: those behind one that has a result, as some changes of tables do, would run when the
            // reader is disposed, where their errors are swallowed.
        }
    }

    private SqliteCommand Command(string sql, params (string Name, object? Value)[] parameters)
    {
        var command = _connection.CreateCommand();
        command.CommandText = sql;
        foreach (var (name, value) in parameters)
            command.Parameters.AddWithValue(name, value ?? DBNull.Value);
        return command;
    }

    private static JobSummary Summary(SqliteDataReader row) =>
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

    private static int Count(SqliteDataReader row, string column) => Convert.ToInt32(row[column], CultureInfo.InvariantCulture);

    private static string Key(string argumentsJson) =>
        Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(Encoding.UTF8.GetBytes(argumentsJson)));

    private static string Time(DateTimeOffset time) => time.UtcDateTime.ToString("O", CultureInfo.InvariantCulture);

    private static DateTimeOffset Time(string time) =>
        DateTimeOffset.Parse(time, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal);
}
