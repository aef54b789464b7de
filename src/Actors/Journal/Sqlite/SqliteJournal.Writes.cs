using System.Text.Json;
using Mailroom.Batches;
using Mailroom.Client;
using Mailroom.Input;
using Mailroom.Kinds;
using Mailroom.Model;

namespace Mailroom.Journal.Sqlite;

public sealed partial class SqliteJournal
{
    // That of the jobs last, because it says which are old.
    private static readonly string[] Tables = ["records", "dead", "attempts", "jobs"];

    // The unfinished jobs that the host of this journal runs.
    private readonly HashSet<int> _hosted = [];

    public int Accept(JobSummary job, JobOrder order)
    {
        var number = _database.Number(
            """
            insert into jobs (kind, by, state, name, priority, accepted_at, request, arguments, kind_version, split_workers,
              checksum, request_id, done, dead, retried, seconds, workers, hosted)
            values ($kind, $by, $state, $name, $priority, $accepted_at, $request, $arguments, $kind_version, $split_workers,
              $checksum, $request_id, 0, 0, 0, 0, 0, 1) returning job
            """,
            ("$kind", job.Kind),
            ("$by", job.By.Word()),
            ("$state", job.State.Word()),
            ("$name", job.Name),
            ("$priority", job.Priority.Word()),
            ("$accepted_at", JobRow.Time(job.AcceptedAt)),
            ("$request", order.RequestJson),
            ("$arguments", order.ArgumentsJson),
            ("$kind_version", order.KindVersion),
            ("$split_workers", order.Workers),
            ("$checksum", JobRow.Checksum(job.Kind, order)),
            ("$request_id", order.Id)
        );
        _hosted.Add(number);
        return number;
    }

    public void Record(IEnumerable<JournalWriter.Record> records) =>
        _database.Commit(() =>
        {
            var all = records.ToList();
            _database.ExecuteEach(
                """
                insert into attempts (job, piece, attempt, crashed, at, node, worker, seconds, reason, detail)
                values ($job, $piece, $attempt, $crashed, $at, $node, $worker, $seconds, $reason, $detail)
                """,
                all.SelectMany(record => record.Attempts.Select(attempt => AttemptRow(record.Job, attempt)))
            );
            _database.ExecuteEach(
                """
                insert into records (job, pieces, data, checksum, form, seal)
                values ($job, $pieces, $data, $checksum, $form, seal($job, $pieces, $checksum, $form))
                """,
                all.SelectMany(record => RecordForm.Rows(record.Ends.Done).Select(batch => Row(record.Job, batch)))
            );
            _database.ExecuteEach(
                """
                insert or replace into dead (job, piece, attempts, crashes, reason, node, detail, result)
                values ($job, $piece, $attempts, $crashes, $reason, $node, $detail, $result)
                """,
                all.SelectMany(record => record.Ends.Others.Select(last => DeadRow(record.Job, last with { By = record.By })))
            );
        });

    public void Change(int job, JobState state, DateTimeOffset? again, string? reason)
    {
        _database.Commit(() =>
        {
            _database.Execute(
                "update jobs set state = $state, reason = $reason, hosted = 1 where job = $job",
                ("$state", state.Word()),
                ("$reason", reason),
                ("$job", job)
            );
            if (again is { } time)
                _database.Execute(
                    """
                    delete from dead where job = $job; update attempts set forgiven = 1 where job = $job;
                    update jobs set failures = null, answer = null, begun_at = $at where job = $job
                    """,
                    ("$job", job),
                    ("$at", JobRow.Time(time))
                );
        });
        _hosted.Add(job);
    }

    public int TakeOver(int job, bool goesOn)
    {
        var deaths = _database.Number(
            """
            update jobs set hosted = $hosted,
              deaths = case when hosted = 0 or by = 'processes' or state = 'paused' then deaths
                when died_at = known then deaths + 1 else 1 end,
              died_at = case when hosted = 0 or by = 'processes' or state = 'paused' then died_at else known end
            from (
              select (select coalesce(sum(pieces), 0) from records where job = $job)
                + (select count(*) from dead where job = $job) as known)
            where job = $job returning deaths
            """,
            ("$job", job),
            ("$hosted", goesOn ? 1 : 0)
        );
        if (goesOn)
            _hosted.Add(job);
        return deaths;
    }

    public void Close() =>
        _database.Commit(() =>
        {
            foreach (var job in _hosted)
                _database.Execute("update jobs set hosted = 0, deaths = 0, died_at = -1 where job = $job", ("$job", job));
        });

    public void Forget(int allBut)
    {
        const string old = $"select job from jobs where job <= (select max(job) from jobs) - $kept and not {JobRow.Unended}";
        _database.Commit(() =>
        {
            foreach (var table in Tables)
                _database.Execute($"delete from {table} where job in ({old})", ("$kept", allBut));
            _database.Execute("delete from records where job in (select job from jobs where state in ('completed', 'cancelled'))");
        });
    }

    public IReadOnlyList<int> Remove(int? job, DateTimeOffset before)
    {
        var removed = _database
            .Rows(
                $"select job from jobs where (job = $job or $job is null) and accepted_at < $before and not {JobRow.Unended}",
                row => row.GetInt32(0),
                ("$job", job),
                ("$before", JobRow.Time(before))
            )
            .ToList();
        _database.Commit(() =>
        {
            foreach (var number in removed)
            foreach (var table in Tables)
                _database.Execute($"delete from {table} where job = $job", ("$job", number));
        });
        return removed;
    }

    public void End(JobDetail job)
    {
        var (summary, pieces) = (job.Summary, job.Summary.Pieces);
        _database.Commit(() =>
        {
            _database.Execute(
                """
                update jobs set by = $by, because = $because, state = $state, total = $total, done = $done, dead = $dead,
                  retried = $retried, stale = $stale, seconds = $seconds, workers = $workers, reason = $reason, answer = $answer,
                  text = $text, notices = $notices, exact = $exact, file = $file, failures = $failures, profile = $profile,
                  hosted = 0, deaths = 0, died_at = -1
                where job = $job
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
                ("$notices", Json(job.Answer?.Notices)),
                ("$exact", job.Answer is { IsExact: true } ? 1 : 0),
                ("$file", job.Answer?.File),
                ("$failures", Json(job.Failures.Select(DeadPiece.Of))),
                ("$profile", Json(job.Profile))
            );
            if (summary.State != JobState.Failed)
                _database.Execute("delete from records where job = $job", ("$job", summary.Job));
            _database.Execute("pragma incremental_vacuum");
        });
        _hosted.Remove(summary.Job);
    }

    public void Learn(int? job, string kind, string argumentsJson, Choice choice) =>
        _database.Commit(() =>
        {
            _database.Execute(
                "update jobs set by = $by, because = $because where job = $job",
                ("$job", job),
                ("$by", choice.By.Word()),
                ("$because", choice.Because)
            );
            _database.Execute(
                "insert or replace into learned (kind, arguments, by, because) values ($kind, $arguments, $by, $because)",
                ("$kind", kind),
                ("$arguments", Keys.Of(argumentsJson)),
                ("$by", choice.By.Word()),
                ("$because", choice.Because)
            );
        });

    private static (string, object?)[] Row(int job, Batch batch)
    {
        var data = BatchForm.Write(batch);
        return
        [
            ("$job", job),
            ("$pieces", batch.Count),
            ("$data", data),
            ("$checksum", RecordForm.Checksum(job, data, RecordForm.Newest)),
            ("$form", RecordForm.Newest),
        ];
    }

    private static (string, object?)[] DeadRow(int job, Outcome dead) =>
        [
            ("$job", job),
            ("$piece", dead.Piece.Index),
            ("$attempts", dead.Attempts),
            ("$crashes", dead.Piece.Crashes),
            ("$reason", dead.Reason ?? ""),
            ("$node", dead.By.Node),
            ("$detail", dead.Detail),
            ("$result", dead.Result?.Bytes.ToArray()),
        ];

    private static (string, object?)[] AttemptRow(int job, Outcome attempt) =>
        [
            ("$job", job),
            ("$piece", attempt.Piece.Index),
            ("$attempt", attempt.Piece.Attempt),
            ("$crashed", attempt.How == How.Crashed ? 1 : 0),
            ("$at", JobRow.Time(attempt.At)),
            ("$node", attempt.By.Node),
            ("$worker", attempt.By.Worker),
            ("$seconds", attempt.Seconds),
            ("$reason", attempt.Reason ?? ""),
            ("$detail", attempt.Detail),
        ];

    private static string? Json<T>(T? value) => value is null ? null : JsonSerializer.Serialize(value, Codec.JsonOptions);
}
