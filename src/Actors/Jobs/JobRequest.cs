using System.Text.Json.Nodes;
using Mailroom.Kinds;
using Mailroom.Pools;

namespace Mailroom.Jobs;

/// <summary>What a user sends.</summary>
/// <param name="Arguments">the kind's arguments by name</param>
/// <param name="Directory">the folder that relative paths count from</param>
/// <param name="By">the technique, or null to let Mailroom choose</param>
/// <param name="Workers">run on at most so many workers</param>
/// <param name="Pieces">how many pieces are wished</param>
/// <param name="Retries">attempts per piece, from 1</param>
/// <param name="Timeout">time for one attempt of a piece</param>
/// <param name="Name">what the user calls the job</param>
/// <param name="Halt">when to end the job before its pieces have all run</param>
/// <param name="Deadline">time for the whole job, from its start</param>
/// <param name="IsMeasured">whether all its pieces are to be measured, where they run on threads of the host; for <c>compare</c></param>
public sealed record JobRequest(
    string Kind,
    JsonObject Arguments,
    string Directory,
    Technique? By = null,
    int? Workers = null,
    int? Pieces = null,
    Priority Priority = Priority.Normal,
    int? Retries = null,
    TimeSpan? Timeout = null,
    string? Name = null,
    HaltRule? Halt = null,
    TimeSpan? Deadline = null,
    bool IsMeasured = false);
