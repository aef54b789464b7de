using System.Text.Json.Nodes;
using Mailroom.Advice;
using Mailroom.Input;
using Mailroom.Kinds;
using Mailroom.Model;

namespace Mailroom.Host.Comparison;

/// <summary>A comparison for scripts.</summary>
internal static class ComparisonDocument
{
    /// <param name="command">with which to run the job from now on</param>
    public static JsonObject Of(Figures figures, Verdict verdict, string command)
    {
        var result = figures.Result;
        var json = new JsonObject
        {
            ["kind"] = result.Kind,
            ["workers"] = result.Workers,
            ["sequential"] = Row(figures, result.Sequential, new JsonObject()),
            ["techniques"] = new JsonArray([
                .. result.Techniques.Select(pair => Row(figures, pair.Value, new JsonObject { ["by"] = pair.Key.Word() })),
            ]),
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
        if (result.Peers.Runs.Count > 0)
            json["peers"] = new JsonArray([.. result.Peers.Runs.Select(runs => Peer(figures, runs))]);
        if (figures.Predictions is { Count: > 0 } predictions)
            json["predictions"] = new JsonArray([.. predictions.Select(Prediction)]);
        if (figures.Errors is { Count: > 0 } errors)
            json["predictionErrors"] = new JsonObject(
                errors.Select(e => KeyValuePair.Create(e.By.Word(), (JsonNode?)Math.Round(e.Error, 4)))
            );
        return json;
    }

    private static JsonNode Peer(Figures figures, Runs runs)
    {
        var json = new JsonObject { ["by"] = runs.Name };
        if (runs.Died is { } died)
        {
            json["died"] = died;
            return json;
        }
        AddTimes(figures, runs, json);
        json["answer"] = runs.Answer;
        return json;
    }

    private static void AddTimes(Figures figures, Runs runs, JsonObject json)
    {
        json["seconds"] = Math.Round(runs.Seconds, 6);
        json["least"] = Math.Round(runs.Least, 6);
        json["most"] = Math.Round(runs.Most, 6);
        json["speedup"] = figures.Result.Sequential.Died is null ? Math.Round(figures.Speedup(runs), 3) : null;
        json["cpuSeconds"] = Math.Round(runs.CpuSeconds, 6);
    }

    private static JsonNode Prediction((Technique By, int Workers, double Seconds) prediction) =>
        new JsonObject
        {
            ["by"] = prediction.By.Word(),
            ["workers"] = prediction.Workers,
            ["seconds"] = Math.Round(prediction.Seconds, 6),
        };

    private static JsonNode Row(Figures figures, Runs runs, JsonObject json)
    {
        AddTimes(figures, runs, json);
        json["computing"] = Math.Round(figures.Computing(runs), 4);
        json["waiting"] = Math.Round(figures.Waiting(runs), 4);
        json["overhead"] = Math.Round(figures.Overhead(runs), 4);
        json["wireBytes"] = (long)runs.Median(s => s.WireBytes);
        json["allocatedBytes"] = (long)runs.Median(s => s.AllocatedBytes);
        json["collections"] = (int)runs.Median(s => s.Collections);
        json["pauseSeconds"] = Math.Round(runs.Median(s => s.PauseSeconds), 6);
        json["peakBytes"] = runs.PeakBytes;
        json["answerMatches"] = figures.Matches(runs);
        if (runs.Dead > 0)
            json["dead"] = runs.Dead;
        if (runs.Died is not null)
            json["died"] = runs.Died;
        return json;
    }
}
