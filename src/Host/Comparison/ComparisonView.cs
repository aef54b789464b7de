using System.Globalization;
using System.Text.Json.Nodes;
using Mailroom.Advice;
using Mailroom.Host.Terminals;
using Mailroom.Input;
using Mailroom.Kinds;
using Mailroom.Model;
using Mailroom.Techniques;

namespace Mailroom.Host.Comparison;

/// <summary>A comparison for people and for scripts.</summary>
/// <param name="command">with which to run the job from now on</param>
/// <param name="predict">numbers of workers to estimate for too</param>
internal sealed class ComparisonView(ContestResult result, Verdict verdict, string command, IReadOnlyList<int> predict)
{
    private const int BarWidth = 40;

    private readonly List<Runs> _all = [result.Sequential, .. result.Techniques.Values];

    /// <summary>Wall seconds that the model estimates, by technique and number of workers.</summary>
    private IReadOnlyList<(Technique By, int Workers, double Seconds)> Predictions =>
        result.Profile is not { } profile
            ? []
            :
            [
                .. result.Techniques.Keys.SelectMany(technique =>
                    predict.Select(n => (technique, n, Forecast(profile).Seconds(technique, n)))
                ),
            ];

    public void Print(Terminal terminal)
    {
        PrintTimes(terminal);
        terminal.Data("");
        PrintUse(terminal);
        terminal.Data("");
        PrintBars(terminal);
        terminal.Data("");
        terminal.Data($"start-up, not counted above: host {Time(result.Startup.Host)}, with nodes {Time(result.Startup.Nodes)}");
        if (result.Profile is { } profile)
            terminal.Data(
                $"a piece: {Time(profile.Seconds)}, of which {Percent(1 - profile.Waiting)} computing, {profile.Pieces} of them, "
                    + $"{Bytes(profile.Bytes)} with its result"
            );
        PrintPredictions(terminal);
        terminal.Data("");
        PrintVerdict(terminal);
    }

    private void PrintTimes(Terminal terminal) =>
        terminal.Table(
            ["BY", "WALL", "SPREAD", "SPEED-UP", "CPU", "COMPUTING", "WAITING", "OVERHEAD"],
            _all.Select(runs =>
                runs.Died is not null
                    ? [runs.Name, "-", "", "", "", "", "", ""]
                    : new[]
                    {
                        runs.Name,
                        Time(runs.Seconds),
                        $"{Time(runs.Least)}..{Time(runs.Most)}",
                        Number(Speedup(runs)),
                        Time(runs.CpuSeconds),
                        Percent(Computing(runs)),
                        Percent(Waiting(runs)),
                        Percent(Overhead(runs)),
                    }
            ),
            stretch: 7
        );

    private void PrintUse(Terminal terminal) =>
        terminal.Table(
            ["BY", "WIRE", "ALLOCATED", "COLLECTIONS", "PAUSES", "PEAK MEMORY", "ANSWER"],
            _all.Select(runs =>
                new[]
                {
                    runs.Name,
                    Bytes(runs.Median(s => s.WireBytes)),
                    Bytes(runs.Median(s => s.AllocatedBytes)),
                    Number(runs.Median(s => s.Collections)),
                    Time(runs.Median(s => s.PauseSeconds)),
                    Bytes(runs.Median(s => s.PeakBytes)),
                    runs.Died is not null ? "none"
                    : Matches(runs) ? "the same" + (runs.Dead > 0 ? $", {runs.Dead} failed" : "")
                    : "ANOTHER",
                }
            ),
            stretch: 6
        );

    private void PrintBars(Terminal terminal)
    {
        var longest = _all.Where(runs => runs.Died is null).Max(runs => runs.Seconds);
        foreach (var runs in _all.Where(runs => runs.Died is null))
            terminal.Data($"{runs.Name, -11}{new string('#', Math.Max(1, (int)(BarWidth * runs.Seconds / longest)))} {Time(runs.Seconds)}");
        foreach (var runs in _all.Where(runs => runs.Died is not null))
            terminal.Data($"{runs.Name, -11}no answer: {Visible.Text(runs.Died!)}");
    }

    private void PrintVerdict(Terminal terminal)
    {
        terminal.Data($"verdict    {verdict.By.Word()} (confidence: {verdict.Confidence.Word()})");
        terminal.Data($"because    {Visible.Text(verdict.Because)}");
        if (verdict.WouldChange.Length > 0)
            terminal.Data($"otherwise  {verdict.WouldChange}");
        terminal.Data($"from now   {command}");
    }

    public JsonObject Json()
    {
        var json = new JsonObject
        {
            ["kind"] = result.Kind,
            ["workers"] = result.Workers,
            ["sequential"] = Row(result.Sequential),
            ["techniques"] = new JsonArray([.. result.Techniques.Select(pair => RowOf(pair.Key, pair.Value))]),
            ["startup"] = new JsonObject { ["host"] = result.Startup.Host, ["nodes"] = result.Startup.Nodes },
            ["verdict"] = new JsonObject
            {
                ["by"] = verdict.By.Word(),
                ["because"] = verdict.Because,
                ["confidence"] = verdict.Confidence.Word(),
                ["wouldChange"] = verdict.WouldChange,
                ["command"] = command,
            },
        };
        if (Predictions.Count > 0)
            json["predictions"] = new JsonArray([
                .. Predictions.Select(p =>
                    (JsonNode)
                        new JsonObject
                        {
                            ["by"] = p.By.Word(),
                            ["workers"] = p.Workers,
                            ["seconds"] = Math.Round(p.Seconds, 6),
                        }
                ),
            ]);
        if (Errors() is { Count: > 0 } errors)
            json["predictionErrors"] = new JsonObject(
                errors.Select(e => KeyValuePair.Create(e.By.Word(), (JsonNode?)Math.Round(e.Error, 4)))
            );
        return json;
    }

    private JsonNode RowOf(Technique technique, Runs runs)
    {
        var row = new JsonObject { ["by"] = technique.Word() };
        foreach (var (name, value) in Row(runs))
            row[name] = value?.DeepClone();
        return row;
    }

    /// <summary>How far the model was off for the runs that were measured, relative to them.</summary>
    private List<(Technique By, double Error)> Errors() =>
        result.Profile is not { } profile
            ? []
            :
            [
                .. result
                    .Techniques.Where(pair => pair.Value.Died is null)
                    .Select(pair => (pair.Key, (Forecast(profile).Seconds(pair.Key, result.Workers) / pair.Value.Seconds) - 1)),
            ];

    private Forecast Forecast(Profile profile) =>
        new(profile, result.Overheads, Environment.ProcessorCount, InFlight: 256, result.Crowding);

    private void PrintPredictions(Terminal terminal)
    {
        if (Predictions.Count == 0)
            return;
        var workers = Predictions.Select(p => p.Workers).Distinct().ToList();
        terminal.Data("");
        terminal.Table(
            ["ESTIMATED WALL BY", .. workers.Select(n => $"{n}"), "OFF FROM MEASURED"],
            Predictions
                .GroupBy(p => p.By)
                .Select(group =>
                    (string[])
                        [
                            group.Key.Word(),
                            .. group.Select(p => Time(p.Seconds)),
                            Errors()
                                .Where(e => e.By == group.Key)
                                .Select(e => string.Create(CultureInfo.InvariantCulture, $"{e.Error * 100:+0;-0;0} %"))
                                .FirstOrDefault("-"),
                        ]
                ),
            stretch: workers.Count + 1
        );
    }

    private JsonObject Row(Runs runs)
    {
        var json = new JsonObject
        {
            ["seconds"] = Math.Round(runs.Seconds, 6),
            ["least"] = Math.Round(runs.Least, 6),
            ["most"] = Math.Round(runs.Most, 6),
            ["speedup"] = result.Sequential.Died is null ? Math.Round(Speedup(runs), 3) : null,
            ["cpuSeconds"] = Math.Round(runs.CpuSeconds, 6),
            ["computing"] = Math.Round(Computing(runs), 4),
            ["waiting"] = Math.Round(Waiting(runs), 4),
            ["overhead"] = Math.Round(Overhead(runs), 4),
            ["wireBytes"] = (long)runs.Median(s => s.WireBytes),
            ["allocatedBytes"] = (long)runs.Median(s => s.AllocatedBytes),
            ["collections"] = (int)runs.Median(s => s.Collections),
            ["pauseSeconds"] = Math.Round(runs.Median(s => s.PauseSeconds), 6),
            ["peakBytes"] = (long)runs.Median(s => s.PeakBytes),
            ["answerMatches"] = Matches(runs),
        };
        if (runs.Dead > 0)
            json["dead"] = runs.Dead;
        if (runs.Died is not null)
            json["died"] = runs.Died;
        return json;
    }

    private double Speedup(Runs runs) => result.Sequential.Seconds / runs.Seconds;

    // Of the time that its workers have: what the plain loop computes, what more was computed, and the rest, in which they wait.
    private double Capacity(Runs runs) => runs.Seconds * Computers(runs);

    private int Computers(Runs runs) =>
        result.Techniques.FirstOrDefault(pair => pair.Value == runs) is { Value: not null } found
            ? Traits.Of(found.Key).Computing(result.Workers)
            : 1;

    private double Computing(Runs runs) => Math.Min(1, Math.Min(runs.CpuSeconds, result.Sequential.CpuSeconds) / Capacity(runs));

    private double Overhead(Runs runs) =>
        Math.Min(1 - Computing(runs), Math.Max(0, runs.CpuSeconds - result.Sequential.CpuSeconds) / Capacity(runs));

    private double Waiting(Runs runs) => Math.Max(0, 1 - Computing(runs) - Overhead(runs));

    private bool Matches(Runs runs)
    {
        var truth = _all.First(other => other.Died is null);
        return runs.Died is null && runs.Samples.All(sample => sample.Answer == truth.Answer && sample.Dead == truth.Dead);
    }

    private static string Time(double seconds) => Quantity.Text(TimeSpan.FromSeconds(seconds));

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
