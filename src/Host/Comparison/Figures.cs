using System.Globalization;
using Mailroom.Advice;
using Mailroom.Client;
using Mailroom.Input;
using Mailroom.Kinds;
using Mailroom.Model;
using Mailroom.Techniques;

namespace Mailroom.Host.Comparison;

/// <summary>What a comparison comes to, in numbers and in their words: for the terminal, for scripts and for the page.</summary>
/// <param name="predict">numbers of workers to estimate for too</param>
internal sealed class Figures(ContestResult result, IReadOnlyList<int> predict)
{
    // Pieces that an event loop holds at once.
    private const int InFlight = 256;

    public ContestResult Result => result;

    /// <summary>The plain loop and the techniques.</summary>
    public IReadOnlyList<Runs> All { get; } = [result.Sequential, .. result.Techniques.Values];

    /// <summary>These and what others did.</summary>
    public IReadOnlyList<Runs> WithPeers { get; } = [result.Sequential, .. result.Techniques.Values, .. result.Peers.Runs];

    /// <summary>Wall seconds that the model estimates, by technique and number of workers.</summary>
    public IReadOnlyList<(Technique By, int Workers, double Seconds)> Predictions =>
        result.Profile is not { } profile
            ? []
            :
            [
                .. result.Techniques.Keys.SelectMany(technique =>
                    predict.Select(n => (technique, n, Forecast(profile).Seconds(technique, n)))
                ),
            ];

    /// <summary>How far the model was off for the runs that were measured, relative to them.</summary>
    public IReadOnlyList<(Technique By, double Error)> Errors =>
        result.Profile is not { } profile
            ? []
            :
            [
                .. result
                    .Techniques.Where(pair => pair.Value.Died is null)
                    .Select(pair => (pair.Key, (Forecast(profile).Seconds(pair.Key, result.Workers) / pair.Value.Seconds) - 1)),
            ];

    public double Speedup(Runs runs) => result.Sequential.Seconds / runs.Seconds;

    // Of the time of its workers: what the plain loop computes, what more was computed, and the rest, in which they wait.
    public double Computing(Runs runs) => Math.Min(1, Math.Min(runs.CpuSeconds, result.Sequential.CpuSeconds) / Capacity(runs));

    public double Overhead(Runs runs) =>
        Math.Min(1 - Computing(runs), Math.Max(0, runs.CpuSeconds - result.Sequential.CpuSeconds) / Capacity(runs));

    public double Waiting(Runs runs) => Math.Max(0, 1 - Computing(runs) - Overhead(runs));

    public bool Matches(Runs runs)
    {
        var truth = All.First(other => other.Died is null);
        return runs.Died is null && runs.Samples.All(sample => sample.Answer == truth.Answer && sample.Dead == truth.Dead);
    }

    /// <summary>A table of times, its first row the heads.</summary>
    public IReadOnlyList<string[]> Times =>
        [
            ["BY", "WALL", "SPREAD", "SPEED-UP", "CPU", "COMPUTING", "WAITING", "OVERHEAD"],
            .. WithPeers.Select(runs =>
                runs.Died is not null ? [runs.Name, "-", "", "", "", "", "", ""]
                // Speed-up and shares are against the plain loop, and shares are of workers that others do not have.
                : result.Sequential.Died is not null || result.Peers.Runs.Contains(runs)
                    ?
                    [
                        runs.Name,
                        Time(runs.Seconds),
                        $"{Time(runs.Least)}..{Time(runs.Most)}",
                        SpeedupText(runs),
                        Time(runs.CpuSeconds),
                        "-",
                        "-",
                        "-",
                    ]
                : new[]
                {
                    runs.Name,
                    Time(runs.Seconds),
                    $"{Time(runs.Least)}..{Time(runs.Most)}",
                    Number(Speedup(runs)),
                    Time(runs.CpuSeconds),
                    Percent(Computing(runs)),
                    // What is left, so that they add up.
                    $"{100 - Math.Round(Computing(runs) * 100) - Math.Round(Overhead(runs) * 100)} %",
                    Percent(Overhead(runs)),
                }
            ),
        ];

    /// <summary>What the shares in the table of times are shares of.</summary>
    public string Shares =>
        $"computing, waiting and overhead are shares of the time of its workers: {string.Join(", ", All.Select(WorkersOf))}";

    /// <summary>A table of what was used, its first row the heads.</summary>
    public IReadOnlyList<string[]> Use =>
        [
            ["BY", "WIRE", "ALLOCATED", "COLLECTIONS", "PAUSES", "MEMORY", "ANSWER"],
            .. All.Select(runs =>
                new[]
                {
                    runs.Name,
                    Bytes(runs.Median(s => s.WireBytes)),
                    Bytes(runs.Median(s => s.AllocatedBytes)),
                    Number(runs.Median(s => s.Collections)),
                    Time(runs.Median(s => s.PauseSeconds)),
                    "+" + Bytes(runs.PeakBytes),
                    runs.Died is not null ? "none"
                    : Matches(runs) ? "the same" + (runs.Dead > 0 ? $", {runs.Dead} failed" : "")
                    : "ANOTHER",
                }
            ),
        ];

    /// <summary>A table of the estimates, its first row the heads; empty where nothing was to be estimated.</summary>
    public IReadOnlyList<string[]> Estimates =>
        Predictions.Count == 0
            ? []
            :
            [
                ["ESTIMATED WALL BY", .. Predictions.Select(p => p.Workers).Distinct().Select(n => $"{n}"), "OFF FROM MEASURED"],
                .. Predictions
                    .GroupBy(p => p.By)
                    .Select(group =>
                        (string[])
                            [
                                group.Key.Word(),
                                .. group.Select(p => Time(p.Seconds)),
                                Errors
                                    .Where(e => e.By == group.Key)
                                    .Select(e => string.Create(CultureInfo.InvariantCulture, $"{e.Error * 100:+0;-0;0} %"))
                                    .FirstOrDefault("-"),
                            ]
                    ),
            ];

    /// <summary>What a piece is like, where that could be measured.</summary>
    public string? Piece =>
        result.Profile is not { } profile
            ? null
            : $"a piece: {Time(profile.Seconds)}, of which {Percent(1 - profile.Waiting)} computing"
                + (profile.Contends ? $" and {Percent(profile.Contending)} waiting for locks" : "")
                + $", {profile.Pieces} of them, {Bytes(profile.Bytes)} with its result";

    public static string Time(double seconds) => Quantity.Text(TimeSpan.FromSeconds(seconds));

    private string SpeedupText(Runs runs) => result.Sequential.Died is null ? Number(Speedup(runs)) : "-";

    private double Capacity(Runs runs) => runs.Seconds * Carriers(runs);

    /// <summary>
    /// How many pieces are under way at once: one for each worker, and as many as one thread can keep going of those that let go of it.
    /// </summary>
    private double Carriers(Runs runs) =>
        result.Techniques.FirstOrDefault(pair => pair.Value == runs) is not { Value: not null } found ? 1
        : found.Key != Technique.Async ? Traits.Of(found.Key).Computing(result.Workers)
        : result.Profile is { HeldSeconds: > 0 } piece ? Math.Clamp(piece.Seconds / piece.HeldSeconds, 1, Math.Min(InFlight, piece.Pieces))
        : 1;

    private string WorkersOf(Runs runs) =>
        $"{runs.Name} {Math.Round(Carriers(runs))}{(runs.Name == Technique.Async.Word() ? " in flight" : "")}";

    private Forecast Forecast(Profile profile) => new(profile, result.Overheads, Environment.ProcessorCount, InFlight, result.Crowding);

    private static string Number(double value) => value.ToString("0.##", CultureInfo.InvariantCulture);

    private static string Percent(double share) => $"{Math.Round(share * 100)} %";

    private static string Bytes(double bytes) =>
        bytes switch
        {
            >= 1e6 => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e6:0.#} MB"),
            >= 1e3 => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e3:0.#} kB"),
            _ => string.Create(CultureInfo.InvariantCulture, $"{bytes:0} B"),
        };
}
