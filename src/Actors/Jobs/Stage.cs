namespace Mailroom.Jobs;

/// <summary>Where the run of a job stands.</summary>
internal enum Stage
{
    /// <summary>What an earlier host recorded comes in.</summary>
    Replaying,

    /// <summary>It waits until pieces can be made.</summary>
    Splitting,

    /// <summary>Pieces are offered and run; it may be paused.</summary>
    Running,

    /// <summary>Nothing new begins, by its halt rule; what runs ends.</summary>
    Halting,

    /// <summary>What runs is cancelled.</summary>
    Cancelling,

    /// <summary>Nothing new begins; what runs ends and is recorded, and the next host goes on.</summary>
    Suspending,

    /// <summary>All has ended, and the answer is being made.</summary>
    Answering,

    Ended,
}
