using MathNet.Numerics;

namespace Mailroom.BuiltIn.Integration;

/// <summary>Functions that an expression may use and <see cref="Math"/> has not, or has otherwise.</summary>
public static class MoreFunctions
{
    private const int MaxFactorial = 171; // of one less, 170!, is the last that a double holds

    /// <summary>-1, 0 or 1; not a number for what is none.</summary>
    public static double Sign(double x) => double.IsNaN(x) ? x : Math.Sign(x);

    /// <summary>
    /// What is left of <paramref name="a"/> after whole multiples of <paramref name="b"/>; it has the sign of <paramref name="b"/>, as a
    /// clock goes on below zero.
    /// </summary>
    public static double Mod(double a, double b) => a % b is var rest && rest != 0 && rest < 0 != b < 0 ? rest + b : rest;

    /// <summary>To the nearest whole number, halves away from zero.</summary>
    public static double Round(double x) => Math.Round(x, MidpointRounding.AwayFromZero);

    public static double Hypot(double a, double b) => double.Hypot(a, b);

    public static double Log1p(double x) => SpecialFunctions.Log1p(x);

    public static double Expm1(double x) => SpecialFunctions.Expm1(x);

    public static double Erf(double x) => SpecialFunctions.Erf(x);

    public static double Erfc(double x) => SpecialFunctions.Erfc(x);

    /// <summary>The gamma function; not a number at zero and the negative whole numbers, where it has poles.</summary>
    public static double Gamma(double x) =>
        x != Math.Floor(x) ? SpecialFunctions.Gamma(x)
        : x <= 0 ? double.NaN
        : x <= MaxFactorial ? SpecialFunctions.Factorial((int)x - 1)
        : double.PositiveInfinity;

    /// <summary>The logarithm of the gamma function's absolute value.</summary>
    public static double LGamma(double x) =>
        x switch
        {
            > 0 => SpecialFunctions.GammaLn(x),
            _ when x == Math.Floor(x) => double.PositiveInfinity,
            // By reflection: gamma(x) gamma(1 - x) = pi / sin(pi x).
            _ => Math.Log(Math.PI / Math.Abs(Math.Sin(Math.PI * x))) - SpecialFunctions.GammaLn(1 - x),
        };

    public static double Sec(double x) => 1 / Math.Cos(x);

    public static double Csc(double x) => 1 / Math.Sin(x);

    public static double Cot(double x) => 1 / Math.Tan(x);
}
