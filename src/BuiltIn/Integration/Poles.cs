namespace Mailroom.BuiltIn.Integration;

/// <summary>
/// Looks for a point in whose neighbourhood an integrand grows at least as fast as the neighbourhood shrinks, so that its
/// integral does not settle however small the steps are. A few hundred values of a part: nothing beside its steps.
/// </summary>
internal static class Poles
{
    private const int Samples = 64;
    private const int Rounds = 8;

    // Of a pole the product of height and width stays what it is; of x^-0.9, which has an integral, it falls to a quarter.
    private const double Settles = 0.3;

    /// <summary>Where it seems to be, between two u, or null.</summary>
    /// <param name="f">the integrand; not finite where it has no value</param>
    public static double? Find(Func<double, double> f, double from, double to)
    {
        var (low, high) = (Math.Min(from, to), Math.Max(from, to));
        var (left, right) = (low, high);
        var products = new double[Rounds];
        var peak = left;
        for (var round = 0; round < Rounds; round++)
        {
            var step = (right - left) / Samples;
            var height = 0.0;
            for (var sample = 0; sample < Samples; sample++)
            {
                var u = left + ((sample + 0.5) * step);
                if (Math.Abs(f(u)) is var value && value > height)
                    (height, peak) = (value, u);
            }
            products[round] = height * (right - left);
            (left, right) = (Math.Max(low, peak - step), Math.Min(high, peak + step));
        }
        var usual = products.Order().ElementAt(Rounds / 2);
        return usual > 0 && products.TakeLast(3).Min() > Settles * usual ? peak : null;
    }
}
