using System.Globalization;
using Mailroom.Input;
using Mailroom.Kinds;

namespace Mailroom.Host.Comparison;

/// <summary>Speed-ups by workers: estimated ones as lines, a step for each doubling, and measured ones as dots.</summary>
internal sealed class SpeedupChart
{
    private const int Height = 300;
    private const int Left = 40;
    private const int Right = Svg.Width - 90;
    private const int Bottom = Height - 44;
    private const int LineHeight = 17;

    private static readonly int[] Steps = [1, 2, 5, 10];

    private readonly Svg _svg = new(Height, "speed-up by workers, estimated and measured");
    private readonly Figures _figures;
    private readonly double _sequential;
    private readonly List<int> _workers;
    private readonly double _most;

    private SpeedupChart(Figures figures)
    {
        (_figures, _sequential) = (figures, figures.Result.Sequential.Seconds);
        _workers = [.. figures.Predictions.Select(p => p.Workers).Append(figures.Result.Workers).Distinct().Order()];
        _most = figures
            .Predictions.Select(p => _sequential / p.Seconds)
            .Concat(figures.Result.Techniques.Values.Where(runs => runs.Died is null).Select(figures.Speedup))
            .Append(1)
            .Max();
    }

    public static string Of(Figures figures)
    {
        var chart = new SpeedupChart(figures);
        chart.DrawAxes();
        chart.DrawEstimates();
        chart.DrawMeasured();
        return chart._svg.ToString();
    }

    private void DrawAxes()
    {
        // Four lines or so, at round numbers.
        var power = Math.Pow(10, Math.Floor(Math.Log10(_most / 4)));
        var step = Steps.Select(factor => factor * power).First(step => _most / step <= 5);
        for (var tick = 0.0; tick <= _most; tick += step)
        {
            _svg.Draw($"<path d='M{Left} {Y(tick):0.#}H{Right}' stroke='var(--rule)'/>");
            _svg.Text(Left - 8, Y(tick) + 5, Math.Round(tick, 3).ToString(CultureInfo.InvariantCulture), "end", "soft");
        }
        foreach (var n in _workers)
            _svg.Text(X(n), Bottom + 20, $"{n}", "middle", "soft");
        _svg.Text((Left + Right) / 2.0, Bottom + 40, "workers", "middle", "soft");
    }

    // Lines may lie on each other, and end at one place: so some are dashed, and their names stand below each other.
    private void DrawEstimates()
    {
        var label = double.MinValue;
        foreach (var line in _figures.Predictions.GroupBy(p => p.By).OrderBy(group => group.MaxBy(p => p.Workers).Seconds))
        {
            var points = line.OrderBy(p => p.Workers).Select(p => (X: X(p.Workers), Y: Y(_sequential / p.Seconds))).ToList();
            var path = string.Join(
                'L',
                points.Select(point => string.Create(CultureInfo.InvariantCulture, $"{point.X:0.#} {point.Y:0.#}"))
            );
            var dashes = line.Key == Technique.Processes ? "8 6" : "none";
            _svg.Draw($"<path d='M{path}' fill='none' stroke='var(--{line.Key.Word()})' stroke-width='2.5' stroke-dasharray='{dashes}'/>");
            label = Math.Max(points[^1].Y + 5, label + LineHeight);
            _svg.Text(points[^1].X + 8, label, line.Key.Word());
        }
    }

    private void DrawMeasured()
    {
        foreach (var (by, runs) in _figures.Result.Techniques.Where(pair => pair.Value.Died is null))
            _svg.Draw(
                $"<circle cx='{X(_figures.Result.Workers):0.#}' cy='{Y(_figures.Speedup(runs)):0.#}' r='6' fill='var(--{by.Word()})'/>"
            );
    }

    private double X(double workers)
    {
        var (first, last) = (Math.Log2(_workers[0]), Math.Log2(_workers[^1]));
        return Left + ((Right - Left) * (last > first ? Math.Clamp((Math.Log2(workers) - first) / (last - first), 0, 1) : 0));
    }

    private double Y(double speedup) => Bottom - ((Bottom - 12) * speedup / _most);
}
