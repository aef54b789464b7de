using Mailroom.Batches;
using Mailroom.Client;
using Mailroom.Model;

namespace Mailroom.Journal.Memory;

/// <summary>All that is known of one job.</summary>
internal sealed class MemoryJob(AcceptedJob accepted)
{
    /// <summary>As it was accepted; its state and technique as they are now.</summary>
    public AcceptedJob Accepted { get; set; } = accepted;

    /// <summary>How it ended, or null.</summary>
    public JobDetail? End { get; set; }

    /// <summary>Why it is run by its technique.</summary>
    public string? Because { get; set; }

    /// <summary>What its pieces are like, where they were measured.</summary>
    public Profile? Profile { get; set; }

    /// <summary>Its pieces that are done, in the form in which they come and go.</summary>
    public List<byte[]> Records { get; } = [];

    /// <summary>How many there are in <see cref="Records"/>.</summary>
    public int Recorded { get; set; }

    public SortedDictionary<int, Outcome> Dead { get; } = [];

    public List<Outcome> Attempts { get; } = [];

    /// <summary>How many of the first of <see cref="Attempts"/> count no more.</summary>
    public int Forgiven { get; set; }

    /// <summary>Whether a host runs it that has not ended in order.</summary>
    public bool IsHosted { get; set; }

    /// <summary>See <see cref="AcceptedJob.Deaths"/>.</summary>
    public int Deaths { get; set; }

    /// <summary>How much was recorded when the last host died over it, or -1.</summary>
    public int DiedAt { get; set; } = -1;

    public int Known => Recorded + Dead.Count;

    public bool HasEnded => Accepted.Summary.HasEnded;

    public JobSummary Summary =>
        End is { } end && HasEnded
            ? end.Summary
            : Accepted.Summary with
            {
                Pieces = Accepted.Summary.Pieces with { Done = Recorded, Dead = Dead.Count },
            };
}
