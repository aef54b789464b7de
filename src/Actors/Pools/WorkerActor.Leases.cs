using Mailroom.Batches;
using Mailroom.Kinds;

namespace Mailroom.Pools;

/// <remarks>What it holds: jobs that are open, and leases of their pieces.</remarks>
internal sealed partial class WorkerActor
{
    /// <summary>A job that this worker was told of, and what it did for it.</summary>
    private sealed class OpenJob(JobSpec spec, IWork? work, string? refusal)
    {
        public JobSpec Spec => spec;

        public IWork? Work => work;

        public string? Refusal => refusal;

        public CancellationTokenSource Cancellation { get; } = new();

        public CancellationTokenSource Returned { get; } = new();

        public long Pieces { get; set; }

        public double Seconds { get; set; }
    }

    private sealed class HeldLease(OpenJob job, Batch pieces)
    {
        private readonly HeldPieces _pieces = new(pieces);

        public OpenJob Job => job;

        public CancellationTokenSource Abandoned { get; } = new();

        public int Left => _pieces.Count;

        public Batch Remaining => _pieces.Left;

        public void Account(Ends ends)
        {
            _pieces.Settle(ends);
            job.Pieces += ends.Done.Count + ends.Others.Count(outcome => outcome.How != How.HandedBack);
            job.Seconds += ends.Seconds;
        }
    }
}
