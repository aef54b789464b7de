namespace Mailroom.Logs;

/// <summary>Lets each cause be told once in a while, and counts what is not told meanwhile.</summary>
internal sealed class Throttle(TimeSpan interval)
{
    // Causes are kinds of things, of which there are few; were there ever many, the counts begin anew.
    private const int MaxCauses = 1_000;

    private readonly Dictionary<string, (DateTime Told, int Untold)> _causes = new(StringComparer.Ordinal);

    /// <returns>how many were not told since the last that was, if this one is to be told; otherwise null</returns>
    public int? Pass(string cause, DateTime now)
    {
        if (_causes.TryGetValue(cause, out var known) && now - known.Told < interval && now >= known.Told)
        {
            _causes[cause] = known with { Untold = known.Untold + 1 };
            return null;
        }
        if (_causes.Count >= MaxCauses)
            _causes.Clear();
        _causes[cause] = (now, 0);
        return known.Untold;
    }
}
