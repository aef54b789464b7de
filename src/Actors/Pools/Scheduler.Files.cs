namespace Mailroom.Pools;

/// <content>Files that go along with jobs to workers on other machines.</content>
internal sealed partial class Scheduler
{
    /// <summary>Whether a worker has what it needs of a job's files; what it lacks is sent for.</summary>
    private bool HasFiles(WorkerSlot worker, JobQueue queue)
    {
        if (queue.Opened.Files is not { } files || worker.Site.IsHere)
            return true;
        var (job, session) = (queue.Opened.Spec.Job, worker.Session);
        if (session.Files.TryGetValue(job, out var known))
        {
            if (known.Wrong is not null)
                worker.Declined.Add(job);
            return known.IsTold;
        }
        if (worker.Leaving)
            return false; // it will run nothing more
        session.Files.Add(job, default);
        queue.Sendings++;
        ports.Tell(_supplier, new Pool.FilesNeeded(job, worker.Node, session.Id, files));
        return false;
    }

    /// <summary>The workers of a session have a job's files, or can't have them.</summary>
    public void Furnish(Pool.FilesThere there)
    {
        if (
            !_jobs.TryGetValue(there.Job, out var queue)
            || !_sessions.TryGetValue(there.Session, out var session)
            || queue.Opened.Files != there.Files
            || !session.Files.TryGetValue(there.Job, out var known)
            || known.IsTold
        )
            return;
        session.Files[there.Job] = new FilesOfJob(true, there.Wrong);
        queue.Sendings--;
        foreach (var worker in session.Workers)
        {
            worker.Barred.Remove(there.Job);
            queue.Workers++;
            if (there.Wrong is { } wrong)
                Decline(worker, queue, new(there.Job, wrong));
            else
                Place(worker);
        }
        TellWaiting(queue);
        Serve(queue);
    }

    /// <summary>A job is over.</summary>
    private void EndFiles(int job)
    {
        foreach (var session in _sessions.Values.Where(session => session.Files.Remove(job)))
            ports.Tell(_supplier, new Pool.FilesDone(job, session.Workers.First().Node, session.Id));
    }

    /// <summary>A session is over.</summary>
    private void LoseFiles(WorkerSession session)
    {
        foreach (var (job, known) in session.Files)
            if (!known.IsTold && _jobs.TryGetValue(job, out var queue))
                queue.Sendings--;
    }
}
