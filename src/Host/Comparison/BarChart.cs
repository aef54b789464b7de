using Mailroom.Advice;
using Mailroom.Input;
using Mailroom.Kinds;

namespace Mailroom.Host.Comparison;

/// <summary>Wall times: a bar for the median of each, with a line from its fastest run to its slowest.</summary>
internal static class BarChart
{
    private const int Row = 40;
    private const int Left = 130;
    private const int Right = 90;

    public static string Of(IReadOnlyList<Runs> all)
    {
        var longest = all.Where(runs => runs.Died is null).Max(runs => runs.Most);
        var svg = new Svg(Row * all.Count, "wall time by technique");
        foreach (var (runs, i) in all.Select((runs, i) => (runs, i)))
        {
            svg.Text(0, (i * Row) + 25, runs.Name);
            if (runs.Died is null)
                Bar(svg, runs, i * Row, longest);
            else
                svg.Text(Left, (i * Row) + 25, "no answer", style: "soft");
        }
        return svg.ToString();
    }

    // Others than the techniques are as grey as the plain loop.
    private static string Colour(Runs runs) => Enum.GetValues<Technique>().Any(by => by.Word() == runs.Name) ? runs.Name : "sequential";

    private static void Bar(Svg svg, Runs runs, int y, double longest)
    {
        var (median, least, most) = (X(runs.Seconds), X(runs.Least), X(runs.Most));
        svg.Draw(
            $"<rect x='{Left}' y='{y + 8}' width='{Math.Max(1, median - Left):0.#}' height='24' rx='3' fill='var(--{Colour(runs)})'/>"
        );
        svg.Draw($"<path d='M{least:0.#} {y + 20}H{most:0.#}M{least:0.#} {y + 14}v12M{most:0.#} {y + 14}v12' stroke='var(--ink)'/>");
        svg.Text(Math.Max(median, most) + 8, y + 25, Figures.Time(runs.Seconds));

        double X(double seconds) => Left + ((Svg.Width - Left - Right) * seconds / longest);
    }
}
