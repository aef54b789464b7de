using Mailroom.Kinds;

namespace Mailroom.Batches;

/// <summary>One part of a job: a view of its place in a <see cref="Batch"/>, made for whoever looks at it alone.</summary>
/// <param name="Index">its place among the job's pieces, from 0</param>
/// <param name="Attempt">which try this is, from 1</param>
/// <param name="Crashes">processes that ended while they held it</param>
public sealed record Piece(int Index, int Attempt, int Crashes, Payload Payload);

/// <summary>What a worker must know of a job to run its pieces.</summary>
/// <param name="Timeout">how long one attempt of a piece may take, or null for as long as it likes</param>
/// <param name="KindVersion">the assembly that the kind comes from; empty for those of Mailroom itself</param>
/// <param name="BringsFiles">a worker of another machine is not to run them before it has a folder with its files</param>
/// <param name="IsMeasured">whether its pieces are to be measured closely, where they run on threads of this process</param>
public sealed record JobSpec(
    int Job,
    string Kind,
    string ArgumentsJson,
    TimeSpan? Timeout,
    string KindVersion = "",
    bool IsMeasured = false,
    bool BringsFiles = false
);
