using System.Globalization;

namespace Mailroom.Benchmarks;

/// <summary>Prints the row of one figure.</summary>
internal static class Report
{
    public static double Median(IReadOnlyList<double> values)
    {
        var sorted = values.Order().ToList();
        return (sorted[(sorted.Count - 1) / 2] + sorted[sorted.Count / 2]) / 2;
    }

    public static void Row(string what, string goal, IReadOnlyList<double> values, string format) =>
        Console.WriteLine(
            string.Create(
                CultureInfo.InvariantCulture,
                $"| {what} | {goal} | {Median(values).ToString(format, CultureInfo.InvariantCulture)} | "
                    + $"{values.Min().ToString(format, CultureInfo.InvariantCulture)} | "
                    + $"{values.Max().ToString(format, CultureInfo.InvariantCulture)} | {values.Count} |"
            )
        );
}
