namespace Mailroom.BuiltIn.Integration;

/// <summary>
/// A sum with its rounding error carried along (Neumaier, "Rundungsfehleranalyse einiger Verfahren zur Summation
/// endlicher Summen", 1974). Adding in the same order gives the same bits.
/// </summary>
/// <param name="Sum">the rounded sum</param>
/// <param name="Error">what rounding took away from it</param>
public readonly record struct Compensated(double Sum, double Error)
{
    public double Value => Sum + Error;

    public Compensated Add(double term)
    {
        var sum = Sum + term;
        var lost = Math.Abs(Sum) >= Math.Abs(term) ? Sum - sum + term : term - sum + Sum;
        return new Compensated(sum, Error + lost);
    }

    public Compensated Add(Compensated other) => Add(other.Sum).Add(other.Error);
}
