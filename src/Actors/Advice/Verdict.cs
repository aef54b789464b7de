using System.Globalization;
using Mailroom.Client;
using Mailroom.Input;
using Mailroom.Kinds;
using Mailroom.Model;
using Mailroom.Techniques;

namespace Mailroom.Advice;

/// <summary>How sure a verdict is.</summary>
public enum Confidence
{
    /// <summary>The spreads overlap: the difference may be chance.</summary>
    None,

    Slight,

    /// <summary>Every run of the best was faster than every run of the next, and by a tenth or more.</summary>
    Clear,
}

/// <summary>Which technique to use, and why.</summary>
/// <param name="By">the technique</param>
/// <param name="Because">in plain sentences that cite the numbers</param>
/// <param name="WouldChange">what would make it another</param>
public sealed record Verdict(Technique By, string Because, Confidence Confidence, string WouldChange)
{
    private const double ATenth = 1.1;
    private const double Nothing = 1.05;

    /// <param name="sequential">the plain loop</param>
    /// <param name="techniques">those that were tried, each with its runs</param>
    /// <param name="profile">what the pieces are like, or null where the plain loop could not tell</param>
    /// <exception cref="UserError">none of them came to an answer</exception>
    public static Verdict Of(Runs sequential, IReadOnlyDictionary<Technique, Runs> techniques, Profile? profile, int workers)
    {
        var alive = techniques.Where(pair => pair.Value.Died is null).OrderBy(pair => pair.Value.Seconds).ToList();
        if (alive.Count == 0)
            throw new UserError(
                $"compare: the job came to no answer by any technique; by {techniques.First().Key.Word()}: {techniques.First().Value.Died}",
                ExitCode.JobFailed
            );
        var (by, best) = alive[0];
        var second = alive.Count > 1 ? alive[1].Value : null;
        var sentences = new List<string> { Lead(best, second) };
        sentences.AddRange(
            techniques
                .Where(pair => pair.Value.Died is not null)
                .Select(pair => $"by {pair.Key.Word()} there was no answer: {pair.Value.Died}")
        );
        if (profile is not null)
            sentences.AddRange(Reasons(by, profile, techniques, workers));
        if (best.Dead > 0 && alive.All(pair => pair.Value.Dead == best.Dead))
            sentences.Add($"{Quantity.Of(best.Dead, "piece fails", "pieces fail")} by each of them alike");
        if (sequential.Died is null && sequential.Seconds < best.Seconds)
            sentences.Add($"a plain loop takes {Text(sequential.Seconds)}: the job is too small to share");
        return new Verdict(
            by,
            string.Join("; ", sentences),
            ConfidenceOf(best, second),
            profile is null ? "" : Traits.Of(by).Otherwise(profile, workers)
        );
    }

    private static string Lead(Runs best, Runs? second) =>
        second is null
            ? $"{best.Name} takes {Text(best.Seconds)}"
            : $"{best.Name} takes {Text(best.Seconds)}, {second.Name} {Text(second.Seconds)} "
                + $"({Number(second.Seconds / best.Seconds)} times as long)";

    private static Confidence ConfidenceOf(Runs best, Runs? second) =>
        second is null || (best.Most < second.Least && second.Seconds >= best.Seconds * ATenth) ? Confidence.Clear
        : second.Seconds < best.Seconds * Nothing || second.Least < best.Seconds ? Confidence.None
        : Confidence.Slight;

    private static IEnumerable<string> Reasons(Technique by, Profile profile, IReadOnlyDictionary<Technique, Runs> techniques, int workers)
    {
        var waits = $"pieces wait {Percent(profile.Waiting)} of their time";
        if (profile.Contends)
            yield return Traits.Locked(profile, by);
        else if (profile.Waiting > 0.5 && by == Technique.Async)
            yield return $"{waits} without holding a thread: one thread holds them all, and as many threads as pieces in flight "
                + $"would be needed to keep up, not {workers}";
        else if (profile.Blocks)
            yield return $"{waits} and hold their thread meanwhile: on an event loop each would hold up all the others";
        else if (profile.Waiting <= 0.5)
            yield return $"pieces compute {Percent(1 - profile.Waiting)} of their time, and an event loop has one thread for that";
        if (
            techniques.GetValueOrDefault(Technique.Threads) is { Died: null } threads
            && techniques.GetValueOrDefault(Technique.Processes) is { Died: null } processes
        )
        {
            if (by == Technique.Threads && processes.Median(sample => sample.WireBytes) is > 1e6 and var wire)
                yield return $"by processes {Bytes(wire)} go over the wire";
            if (by == Technique.Processes && threads.Median(sample => sample.PauseSeconds) is var pause && pause > threads.Seconds * 0.05)
                yield return $"by threads all of them stand still for {Text(pause)} while garbage is collected, processes each have "
                    + "their own heap";
        }
    }

    private static string Text(double seconds) => Quantity.Text(TimeSpan.FromSeconds(seconds));

    private static string Number(double value) => value.ToString("0.##", CultureInfo.InvariantCulture);

    private static string Percent(double share) => $"{Math.Round(share * 100)} %";

    private static string Bytes(double bytes) => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e6:0.#} MB");
}
