using System.Globalization;
using Mailroom.Client;
using Mailroom.Input;
using Mailroom.Kinds;
using Mailroom.Model;
using Mailroom.Techniques;

namespace Mailroom.Advice;

/// <summary>Chooses for <c>--by auto</c>.</summary>
public static class Advisor
{
    // The threads run already: another must be better by so much that moving there is worth it.
    private const double Better = 1.1;

    // Seconds: less is left than moving it would take.
    private const double TooLittle = 0.02;

    /// <param name="forecast">what was measured of the job's first pieces</param>
    /// <param name="measured">how many</param>
    /// <param name="allowed">by which the kind can be run</param>
    /// <param name="seats">workers of each technique, and seconds until they are there</param>
    public static Choice Choose(
        Forecast forecast,
        int measured,
        IEnumerable<Technique> allowed,
        Func<Technique, (int Workers, double Start)> seats
    )
    {
        var seconds = allowed.ToDictionary(
            technique => technique,
            technique => forecast.Seconds(technique, seats(technique).Workers) + seats(technique).Start
        );
        var threads = seconds[Technique.Threads];
        var (best, least) = seconds.MinBy(pair => pair.Value);
        var by = threads < TooLittle || threads < least * Better ? Technique.Threads : best;
        var profile = forecast.Profile;
        var what =
            profile.Contends ? Traits.Locked(profile, by)
            : profile.Blocks ? $"pieces wait {Percent(profile.Waiting)} of their time and hold their thread"
            : profile.Waiting > 0.5 ? $"pieces wait {Percent(profile.Waiting)} of their time without holding a thread"
            : Traits.Of(by).Because(profile) ?? $"pieces compute {Percent(1 - profile.Waiting)} of their time";
        var others = string.Join(
            ", ",
            seconds.Where(pair => pair.Key != by).OrderBy(pair => pair.Value).Select(pair => $"{pair.Key.Word()} {Text(pair.Value)}")
        );
        return new Choice(
            by,
            $"{what}; estimated {Text(seconds[by])}{(others.Length > 0 ? $" against {others}" : "")} (measured {measured} "
                + $"piece{(measured == 1 ? "" : "s")})",
            forecast.Seconds(by, seats(by).Workers)
        );
    }

    private static string Text(double seconds) => Quantity.Text(TimeSpan.FromSeconds(Math.Min(seconds, 1e8)));

    private static string Percent(double share) => string.Create(CultureInfo.InvariantCulture, $"{Math.Round(share * 100)} %");
}
