namespace Mailroom.Pools;

/// <summary>How many pieces to lease at once.</summary>
internal static class BatchSize
{
    // Before the first piece has been measured, an async worker starts with a few, so as not to wait for one alone.
    private const int UnmeasuredWide = 16;

    // Suspects of one crash, run together once to find out which of them are innocent; suspects of two run alone.
    private const int Suspects = 32;

    // Bytes: a worker that gives more than the disk takes waits for it, or all of it would be kept in memory.
    private const long MaxUncommitted = 32 * 1024 * 1024;

    /// <summary>Pieces that take about the pool's batch time on a worker of this width, at least 1.</summary>
    public static int Of(Pool.Settings settings, double? pieceSeconds, int width)
    {
        if (pieceSeconds is not { } seconds)
            return width > 1 ? Math.Min(UnmeasuredWide, width) : 1;
        var wished = settings.BatchTime.TotalSeconds * width / Math.Max(seconds, 1e-9);
        return (int)Math.Clamp(wished, 1, settings.BatchPieces);
    }

    /// <summary>
    /// How many pieces of a job a worker may be given now; 0 for none. It gets what fills its width, and when what it
    /// holds will soon be done also the next batch, so that it never waits for its messages.
    /// </summary>
    public static int Room(Pool.Settings settings, WorkerSlot worker, JobQueue queue)
    {
        if (!worker.Takes(queue.Opened.Spec.Job) || worker.Session.Suspects > 0 || !queue.MayUse(worker.Actor))
            return 0;
        if (queue.NextCrashes is > 0 and var crashes)
            return worker.Session.Pieces > 0 ? 0
                : crashes == 1 ? Suspects
                : 1;
        var size = Of(settings, queue.PieceSeconds, worker.Width);
        var room = IsNearlyDone(settings, worker) ? size : Math.Min(size, Math.Max(0, worker.Width - Held(worker, queue)));
        return Math.Min(room, queue.RoomAtOnce(worker.Width));
    }

    public static bool WaitsForTheDisk(WorkerSlot worker) => worker.UncommittedBytes >= MaxUncommitted;

    /// <summary>Whether a worker may have room for some job.</summary>
    public static bool MayHaveRoom(Pool.Settings settings, WorkerSlot worker) =>
        !worker.Leaving && !worker.Suspended && !WaitsForTheDisk(worker) && (worker.Width > 1 || IsNearlyDone(settings, worker));

    // A wide worker begins the pieces of all jobs in turn: so each job may fill its width, whatever it holds of others.
    private static int Held(WorkerSlot worker, JobQueue queue) => worker.Width > 1 ? queue.HeldBy(worker) : worker.Pieces;

    // What is on its way, there or back, is no work that it has; and what gets lost on its way takes that long thrice.
    private static bool IsNearlyDone(Pool.Settings settings, WorkerSlot worker) =>
        worker.Pieces == 0
        || worker.BacklogSeconds < ((settings.BatchTime * settings.BatchesAhead) + (3 * worker.Session.RoundTrip)).TotalSeconds;

    /// <summary>How many pieces of a job should wait in the pool, so that no worker finds the queue empty.</summary>
    public static int Ahead(Pool.Settings settings, double? pieceSeconds, int width, int workers) =>
        Math.Min(64 * 1024, (1 + settings.BatchesAhead) * Math.Max(1, workers) * Math.Max(width, Of(settings, pieceSeconds, width)) + 16);
}
