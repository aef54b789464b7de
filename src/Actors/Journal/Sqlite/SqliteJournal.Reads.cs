using Mailroom.Batches;
using Mailroom.Client;
using Mailroom.Kinds;
using Mailroom.Model;
using Microsoft.Data.Sqlite;

namespace Mailroom.Journal.Sqlite;

public sealed partial class SqliteJournal
{
    public int? Find(string id)
    {
        Check("jobs", "request_id = $id", ("$id", id));
        return _database.Scalar("select job from jobs where request_id = $id", ("$id", id)) is long job ? (int)job : null;
    }

    public AcceptedJob? Unfinished(int job)
    {
        var unfinished = Orders($"job = $job and {JobRow.Unended}", job).SingleOrDefault();
        if (unfinished is not null)
            _hosted.Add(job);
        return unfinished;
    }

    public IReadOnlyList<AcceptedJob> Unfinished() => Orders(JobRow.Unended);

    public AcceptedJob? Order(int job) => Orders("job = $job", job).SingleOrDefault();

    public (IReadOnlyList<Batch> Done, long? After) Replay(int job, long after)
    {
        if (after == 0)
            Check("records", "job = $job", ("$job", job));
        var done = new List<Batch>();
        var bytes = 0;
        var isAll = _database.ReadWhile(
            "select id, data, checksum, form from records where job = $job and id > $after order by id",
            row =>
            {
                var (id, data, form) = (row.GetInt64(0), (byte[])row[1], row.GetInt32(3));
                if (RecordForm.Checksum(job, data, form) != row.GetInt64(2))
                    throw Seals.Damaged(Place, "records", id);
                done.Add(RecordForm.Read(data, form));
                (bytes, after) = (bytes + data.Length, id);
                return bytes < StoreLimits.ReplayBytes;
            },
            ("$job", job),
            ("$after", after)
        );
        return (done, isAll ? null : after);
    }

    public IReadOnlyList<Outcome> Attempts(int job)
    {
        Check("attempts", "job = $job", ("$job", job));
        return _database.Rows(
            """
            select piece, attempt, crashed, at, node, worker, seconds, reason, null as detail from attempts
            where job = $job and not forgiven order by id
            """,
            Attempt,
            ("$job", job)
        );
    }

    public IReadOnlyList<Outcome> Dead(int job)
    {
        Check("dead", "job = $job", ("$job", job));
        return _database.Rows(
            "select piece, attempts, crashes, reason, node, detail, result from dead where job = $job",
            row =>
            {
                var crashes = JobRow.Count(row, "crashes");
                var piece = new Piece(JobRow.Count(row, "piece"), JobRow.Count(row, "attempts") - crashes, crashes, Payload.None);
                var result = row["result"] is byte[] bytes ? Payload.Of(bytes) : null;
                return new Outcome(piece, How.GaveUp, result, (string)row["reason"], row["detail"] as string, 0)
                {
                    By = new RanBy((string)row["node"], ""),
                };
            },
            ("$job", job)
        );
    }

    public JobDetail? Read(int job)
    {
        CheckJobs("job = $job", ("$job", job));
        var found = _database
            .Rows(
                $"select {JobRow.Columns}, {JobRow.DetailColumns} from jobs where job = $job",
                row => (Detail: JobRow.Detail(row), HasFailures: row["failures"] is string),
                ("$job", job)
            )
            .SingleOrDefault();
        if (found.Detail is not { } detail)
            return null;
        Check("attempts", "job = $job", ("$job", job));
        var attempts = _database.Rows(
            """
            select piece, attempt, crashed, at, node, worker, seconds, reason, detail from attempts
            where id in (select id from attempts where job = $job order by id desc limit $most) order by id
            """,
            Attempt,
            ("$job", job),
            ("$most", StoreLimits.Attempts)
        );
        return detail with
        {
            Failures = found.HasFailures ? detail.Failures : [.. Dead(job).Take(StoreLimits.Failures).Select(dead => dead.Bare())],
            Attempts = [.. attempts],
        };
    }

    public IReadOnlyList<JobSummary> Last(int count)
    {
        Check("jobs", "job in (select job from jobs order by job desc limit $count)", ("$count", count));
        return _database.Rows($"select {JobRow.Columns} from jobs order by job desc limit $count", JobRow.Summary, ("$count", count));
    }

    public IReadOnlySet<string> AnswerFiles()
    {
        Check("jobs", "file is not null");
        return _database.Rows("select file from jobs where file is not null", row => row.GetString(0)).ToHashSet(StringComparer.Ordinal);
    }

    public Choice? Learned(string kind, string argumentsJson)
    {
        var isAsWritten = Seals.Holds(_database, "learned");
        return _database
            .Rows( // a row that is damaged is measured anew
                $"select by, because from learned where kind = $kind and arguments = $arguments and {isAsWritten}",
                row => new Choice(Enum.Parse<Technique>(row.GetString(0), ignoreCase: true), row.GetString(1)),
                ("$kind", kind),
                ("$arguments", Keys.Of(argumentsJson))
            )
            .SingleOrDefault();
    }

    private List<AcceptedJob> Orders(string where, int? job = null)
    {
        CheckJobs(where, ("$job", job));
        return _database.Rows(
            $"select {JobRow.Columns}, {JobRow.OrderColumns} from jobs where request is not null and {where} order by job",
            row => JobRow.Unfinished(row, Place),
            ("$job", job)
        );
    }

    // How far a job is that has not ended is what its records and dead pieces say.
    private void CheckJobs(string where, params (string Name, object? Value)[] parameters)
    {
        Check("jobs", where, parameters);
        foreach (var table in new[] { "records", "dead" })
            Check(table, $"job in (select job from jobs where {JobRow.Unended} and {where})", parameters);
    }

    private void Check(string table, string where, params (string Name, object? Value)[] parameters) =>
        Seals.Check(_database, Place, table, where, parameters);

    private static Outcome Attempt(SqliteDataReader row) =>
        new(
            new Piece(JobRow.Count(row, "piece"), JobRow.Count(row, "attempt"), 0, Payload.None),
            JobRow.Count(row, "crashed") != 0 ? How.Crashed : How.Failed,
            null,
            (string)row["reason"],
            row["detail"] as string,
            (double)row["seconds"]
        )
        {
            By = new RanBy((string)row["node"], (string)row["worker"]),
            At = JobRow.Time((string)row["at"]),
        };
}
