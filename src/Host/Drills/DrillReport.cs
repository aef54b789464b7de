namespace Mailroom.Host.Drills;

/// <summary>What a drill found; all times in seconds from the fault on.</summary>
/// <param name="Drill">the fault's name</param>
/// <param name="What">what was done, in words</param>
/// <param name="DetectedAfter">until the host knew</param>
/// <param name="RequeuedAfter">until what was running waited to be run again</param>
/// <param name="RanAgainAfter">until the last of these pieces had begun elsewhere</param>
/// <param name="BackAfter">until what was lost was there again</param>
/// <param name="Attempts">attempts that were begun, by the pieces' own trace</param>
/// <param name="Lost">pieces that should have a result and have none</param>
/// <param name="RecordedTwice">results beyond a piece's first</param>
/// <param name="SecondsWithout">the same job without the fault</param>
/// <param name="Broken">what was lost or is not as promised; none if all is well</param>
/// <param name="Late">what came later than promised, which a busy machine may do</param>
internal sealed record DrillReport(
    string Drill,
    string What,
    int Pieces,
    double? DetectedAfter,
    double? RequeuedAfter,
    double? RanAgainAfter,
    double? BackAfter,
    int Attempts,
    int Lost,
    int RecordedTwice,
    double Seconds,
    double SecondsWithout,
    IReadOnlyList<string> Broken,
    IReadOnlyList<string> Late
)
{
    public bool Passed => Broken.Count == 0;

    public double TimeAdded => Seconds - SecondsWithout;
}
