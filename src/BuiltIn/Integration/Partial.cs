namespace Mailroom.BuiltIn.Integration;

/// <summary>
/// A part of a sum, times a power of two: sums of representable values need not be representable, though the integral is.
/// </summary>
/// <param name="Sum">the rounded sum</param>
/// <param name="Error">what rounding took away from it</param>
/// <param name="Exponent">the sum is to be multiplied by two to this power; nearly always 0</param>
/// <param name="Pole">where the integrand seems to grow without bound, or null</param>
public readonly record struct Partial(double Sum, double Error, int Exponent = 0, double? Pole = null)
{
    /// <summary>Enough for a sum of 2^52 values of any size, Simpson's rule included.</summary>
    public const int Shift = 64;

    private Compensated Both => new(Sum, Error);

    public bool IsFinite => double.IsFinite(Both.Value);

    public static Partial Of(Compensated sum, int exponent = 0) => new(sum.Sum, sum.Error, exponent);

    public Partial Add(Partial other)
    {
        var exponent = Math.Max(Exponent, other.Exponent);
        var sum = At(exponent).Add(other.At(exponent));
        if (!double.IsFinite(sum.Value) && exponent == 0)
            sum = At(exponent = Shift).Add(other.At(exponent));
        return new Partial(sum.Sum, sum.Error, exponent, Pole ?? other.Pole);
    }

    /// <summary>The sum times a factor; infinite only where the product is.</summary>
    /// <param name="exponent">of two, by which the product is to be multiplied</param>
    public double Times(double factor, int exponent) => Math.ScaleB(Both.Value * factor, Exponent + exponent);

    private Compensated At(int exponent) => new(Math.ScaleB(Sum, Exponent - exponent), Math.ScaleB(Error, Exponent - exponent));
}
