using Mailroom.Batches;
using Mailroom.Client;
using Mailroom.Input;
using Mailroom.Jobs;
using Mailroom.Kinds;

namespace Mailroom.Host.Console.Commands;

/// <summary>What <c>send</c> takes beside the kind's own arguments.</summary>
internal sealed record SendOptions(
    [property: Option("how it is run"), Or("auto")] Technique? By = null,
    [property: Option("run on at most so many workers; by async, so many pieces at once", Aliases = ["-j"])]
    [property: From(1, JobRequest.MaxWorkers)]
        int? Workers = null,
    [property: Option("cut the job into so many pieces, where its arguments leave that open"), From(1, JobRequest.MaxPieces)]
        int? Pieces = null,
    [property: Option("which jobs are served first")] Priority Priority = Priority.Normal,
    [property: Option("attempts per piece, 1 for once; the setting mailroom.jobs.attempts by default")]
    [property: From(1, JobRequest.MaxAttempts), Formerly("--retries")] // GNU parallel calls it so too
    int? Attempts = null,
    [property: Option("the most that a piece waits before its second attempt, doubled with each; mailroom.jobs.first-delay by default")]
    [property: From(0, JobRequest.MaxBackoff)]
        TimeSpan? Backoff = null,
    [property: Option("time for one attempt of a piece"), From(1e-6, JobRequest.MaxSeconds)] TimeSpan? Timeout = null,
    [property: Option("what to call the job")] string? Name = null,
    [property: Option("end the job when pieces fail: now,fail=1 or soon,fail=3%", Value = "RULE")] string? Halt = null,
    [property: Option("run it only on nodes of these names or labels: fast,gpu-*", Value = "NAMES")] string? Nodes = null,
    [property: Option("files and folders that nodes of other machines get; again for more", Value = "PATH"), Path]
        IReadOnlyList<string>? Send = null,
    [property: Option("time for the whole job; then it is cancelled"), From(1e-6, JobRequest.MaxSeconds)] TimeSpan? Deadline = null,
    [property: Option("print the job's number and leave it running")] bool NoWait = false,
    [property: Option("write the answer into this file"), Path] string? Out = null
);
