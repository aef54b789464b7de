using Mailroom.Batches;
using Mailroom.Client;
using Mailroom.Kinds;
using Mailroom.Model;

namespace Mailroom.Journal.Memory;

/// <summary>A journal in memory, for a host of which nothing shall be left.</summary>
/// <param name="jobs">by number; whoever opens the same ones finds what was left in them</param>
public sealed class MemoryJournal(MemoryJobs jobs) : IJournalStore
{
    private const int MaxPieces = int.MaxValue;

    // The unfinished jobs that the host of this journal runs.
    private readonly HashSet<int> _hosted = [];

    public string Place => "in memory";

    public int Accept(JobSummary job, JobOrder order)
    {
        if (order.Id is { } id && jobs.ById.ContainsKey(id))
            throw new StoreException($"a job with the id {id} was accepted before", mayPass: false);
        var number = ++jobs.Last;
        jobs.All[number] = new MemoryJob(new AcceptedJob(job with { Job = number }, order, job.AcceptedAt)) { IsHosted = true };
        if (order.Id is not null)
            jobs.ById[order.Id] = number;
        _hosted.Add(number);
        return number;
    }

    public int? Find(string id) => jobs.ById.TryGetValue(id, out var job) ? job : null;

    public AcceptedJob? Unfinished(int job)
    {
        if (Of(job) is not { HasEnded: false } found)
            return null;
        _hosted.Add(job);
        return Order(found);
    }

    public IReadOnlyList<AcceptedJob> Unfinished() => [.. jobs.All.Values.Where(job => !job.HasEnded).Select(Order)];

    public AcceptedJob? Order(int job) => Of(job) is { } found ? Order(found) : null;

    public void Record(IEnumerable<JournalWriter.Record> records)
    {
        // What can fail comes first: all of them are taken, or none.
        var taken = records.Select(record => (record, Bytes: BatchForm.Write(record.Ends.Done))).ToList();
        foreach (var (record, bytes) in taken)
        {
            if (Of(record.Job) is not { } job)
                continue;
            job.Attempts.AddRange(record.Attempts);
            if (record.Ends.Done.Count > 0)
                job.Records.Add(bytes);
            job.Recorded += record.Ends.Done.Count;
            foreach (var last in record.Ends.Others)
                job.Dead[last.Piece.Index] = last.Bare() with { By = record.By, Result = Copied(last.Result) };
        }
    }

    public (IReadOnlyList<Batch> Done, long? After) Replay(int job, long after)
    {
        var (done, bytes) = (new List<Batch>(), 0);
        var records = Of(job)?.Records ?? [];
        var at = (int)after;
        for (; at < records.Count && bytes < StoreLimits.ReplayBytes; at++)
        {
            done.Add(BatchForm.Read(records[at], MaxPieces));
            bytes += records[at].Length;
        }
        return (done, at < records.Count ? at : null);
    }

    public IReadOnlyList<Outcome> Attempts(int job) =>
        Of(job) is { } found ? [.. found.Attempts.Skip(found.Forgiven).Select(attempt => attempt with { Detail = null })] : [];

    public IReadOnlyList<Outcome> Dead(int job) => [.. Of(job)?.Dead.Values ?? Enumerable.Empty<Outcome>()];

    public void Change(int job, JobState state, DateTimeOffset? again, string? reason)
    {
        if (Of(job) is not { } found)
            return;
        var summary = found.Summary with { State = state, Reason = reason };
        (found.Accepted, found.IsHosted) = (found.Accepted with { Summary = summary }, true);
        if (again is { } time)
        {
            found.Dead.Clear();
            (found.Forgiven, found.End) = (found.Attempts.Count, null);
            found.Accepted = found.Accepted with { BegunAt = time };
        }
        _hosted.Add(job);
    }

    public int TakeOver(int job, bool goesOn)
    {
        if (Of(job) is not { } found)
            return 0;
        var summary = found.Accepted.Summary;
        if (found.IsHosted && summary.By != Kinds.Technique.Processes && summary.State != JobState.Paused)
            (found.Deaths, found.DiedAt) = (found.DiedAt == found.Known ? found.Deaths + 1 : 1, found.Known);
        found.IsHosted = goesOn;
        if (goesOn)
            _hosted.Add(job);
        return found.Deaths;
    }

    public void Close()
    {
        foreach (var job in _hosted.Select(Of).OfType<MemoryJob>())
            Leave(job);
    }

    public void Forget(int allBut)
    {
        foreach (var (number, job) in jobs.All.ToList())
        {
            if (job.HasEnded && number <= jobs.Last - allBut)
                jobs.Remove(number);
            else if (job.Summary.State is JobState.Completed or JobState.Cancelled)
                Clear(job);
        }
    }

    public IReadOnlyList<int> Remove(int? job, DateTimeOffset before)
    {
        var removed = jobs
            .All.Where(pair => pair.Value.HasEnded && pair.Value.Summary.AcceptedAt < before && (job is null || pair.Key == job))
            .Select(pair => pair.Key)
            .ToList();
        removed.ForEach(jobs.Remove);
        return removed;
    }

    public void End(JobDetail job)
    {
        var number = job.Summary.Job;
        if (Of(number) is not { } found)
            return;
        found.Accepted = found.Accepted with { Summary = job.Summary };
        (found.End, found.Because, found.Profile) = (job, job.Because, job.Profile);
        if (job.Summary.State != JobState.Failed)
            Clear(found);
        Leave(found);
        _hosted.Remove(number);
    }

    public JobDetail? Read(int job) =>
        Of(job) is not { } found
            ? null
            : new JobDetail(
                found.Summary,
                found.Accepted.Order.ArgumentsJson,
                found.End?.Answer,
                found.End?.Failures ?? [.. found.Dead.Values.Take(StoreLimits.Failures).Select(dead => dead.Bare())],
                [.. found.Attempts.TakeLast(StoreLimits.Attempts)],
                found.Because,
                found.Profile
            );

    public IReadOnlyList<JobSummary> Last(int count) => [.. jobs.All.Values.Reverse().Take(count).Select(job => job.Summary)];

    public IReadOnlySet<string> AnswerFiles() =>
        jobs.All.Values.Select(job => job.End?.Answer?.File).OfType<string>().ToHashSet(StringComparer.Ordinal);

    public Choice? Learned(string kind, string argumentsJson) => jobs.Learned.GetValueOrDefault((kind, Keys.Of(argumentsJson)));

    public void Learn(int? job, string kind, string argumentsJson, Choice choice)
    {
        if (job is { } number && Of(number) is { } found)
        {
            found.Accepted = found.Accepted with { Summary = found.Accepted.Summary with { By = choice.By } };
            found.Because = choice.Because;
        }
        jobs.Learned[(kind, Keys.Of(argumentsJson))] = choice;
    }

    public void Dispose() { }

    // What it is a part of may be far bigger.
    private static Payload? Copied(Payload? result) => result is null ? null : Payload.Of(result.Bytes.ToArray());

    private MemoryJob? Of(int job) => jobs.All.GetValueOrDefault(job);

    private static AcceptedJob Order(MemoryJob job) => job.Accepted with { Summary = job.Summary };

    private static void Leave(MemoryJob job) => (job.IsHosted, job.Deaths, job.DiedAt) = (false, 0, -1);

    private static void Clear(MemoryJob job)
    {
        job.Records.Clear();
        job.Recorded = 0;
    }
}
