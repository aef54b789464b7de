using System.Collections.Immutable;
using Mailroom.Batches;
using Mailroom.Client;
using Mailroom.Kinds;
using Mailroom.Model;
using Mailroom.Pools;

namespace Mailroom.Jobs;

/// <summary>What a job's machine wants done. Whoever runs the machine does it, in order.</summary>
internal abstract record Effect
{
    /// <summary>Ask the journal what is recorded behind a mark.</summary>
    public sealed record Replay(long After) : Effect;

    /// <summary>Make what the pieces are made from.</summary>
    public sealed record Split : Effect;

    /// <summary>Open the job in its pool.</summary>
    public sealed record Open : Effect;

    /// <summary>Look soon whether there is something to offer: through the mailbox, so that a cancel need not wait.</summary>
    public sealed record LookSoon : Effect;

    /// <param name="Again">they go in front of all others</param>
    public sealed record Offer(Batch Pieces, bool Again = false) : Effect;

    public sealed record Make(int Most) : Effect;

    /// <summary>Gather what has come.</summary>
    public sealed record Enter(Arrivals Arrivals) : Effect;

    public sealed record Record(long Number, Ends Ends, RanBy By, ImmutableArray<Outcome> Attempts) : Effect;

    /// <summary>Whoever keeps a report need not keep it any longer.</summary>
    public sealed record Sign(Pool.Receipt Receipt) : Effect;

    /// <summary>Tell when a piece has waited long enough to be tried again.</summary>
    public sealed record Retry(Piece Piece, TimeSpan Wait) : Effect;

    /// <summary>Tell it no more.</summary>
    public sealed record StopRetries(IReadOnlyList<int> Pieces) : Effect;

    public sealed record Buried(Outcome Last) : Effect;

    /// <summary>It begins nothing new, because the disk takes nothing.</summary>
    public sealed record Stalled(string Reason) : Effect;

    public sealed record Halted(HaltRule Rule, int Dead, int Settled) : Effect;

    /// <summary>Have the pool give back what waits there.</summary>
    public sealed record Withdraw : Effect;

    public sealed record Hold(bool On, long Number) : Effect;

    /// <summary>Stop what runs, and tell when that has taken too long.</summary>
    public sealed record Cancel(string Reason, long Number) : Effect;

    /// <summary>Close the job in the pool that it has left.</summary>
    public sealed record CloseLeft : Effect;

    /// <summary>Show how far it is.</summary>
    public sealed record Show : Effect;

    /// <summary>Make the answer.</summary>
    public sealed record Finish : Effect;

    /// <summary>It is over.</summary>
    public sealed record End(JobState State, string? Reason, Answer? Answer) : Effect;

    /// <summary>It is over here; the next host goes on.</summary>
    public sealed record Suspend : Effect;
}
