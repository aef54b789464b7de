namespace Mailroom.Advice;

/// <summary>The runs of one contestant: a technique, or the plain loop.</summary>
/// <param name="Name"><c>sequential</c>, <c>threads</c>, <c>processes</c> or <c>async</c></param>
public sealed record Runs(string Name, IReadOnlyList<Sample> Samples)
{
    /// <summary>Pieces that gave no result, at the most.</summary>
    public int Dead => Samples.Max(sample => sample.Dead);

    /// <summary>Why it can't be had at all, if one of its runs did not come to its end.</summary>
    public string? Died => Samples.FirstOrDefault(sample => sample.Died is not null)?.Died;

    /// <summary>The most memory that any of them took.</summary>
    public long PeakBytes => Samples.Max(sample => sample.PeakBytes);

    public double Seconds => Median(sample => sample.Seconds);

    public double Least => Samples.Min(sample => sample.Seconds);

    public double Most => Samples.Max(sample => sample.Seconds);

    public double CpuSeconds => Median(sample => sample.CpuSeconds);

    public string? Answer => Samples[0].Answer;

    public double Median(Func<Sample, double> of)
    {
        var sorted = Samples.Select(of).Order().ToList();
        return (sorted[(sorted.Count - 1) / 2] + sorted[sorted.Count / 2]) / 2;
    }
}
