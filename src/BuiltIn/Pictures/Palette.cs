namespace Mailroom.BuiltIn.Pictures;

/// <summary>Colours for numbers: dark blue over white and gold to black and around again; black for what never escapes.</summary>
internal static class Palette
{
    // Iterations per turn grow with the logarithm, so that deep pictures are not noise.
    private const double TurnsPerOctave = 0.18;
    private const int Shades = 2_048;

    private static readonly (double At, byte Red, byte Green, byte Blue)[] Stops =
    [
        (0, 0, 7, 100),
        (0.16, 32, 107, 203),
        (0.42, 237, 255, 255),
        (0.6425, 255, 170, 0),
        (0.8575, 0, 2, 0),
        (1, 0, 7, 100),
    ];

    private static readonly byte[] Table = [.. Enumerable.Range(0, Shades).SelectMany(shade => Between((double)shade / Shades))];

    /// <param name="escape">as <c>View.Escape</c> gives it</param>
    public static void Color(double escape, Span<byte> pixel)
    {
        if (escape < 0)
        {
            pixel.Clear();
            return;
        }
        var turn = Math.Log2(1 + escape) * TurnsPerOctave;
        var shade = (int)((turn - Math.Floor(turn)) * Shades) % Shades;
        Table.AsSpan(3 * shade, 3).CopyTo(pixel);
    }

    private static byte[] Between(double at)
    {
        var next = Array.FindIndex(Stops, stop => stop.At > at);
        var (low, high) = (Stops[next - 1], Stops[next]);
        var share = (at - low.At) / (high.At - low.At);
        return [Mix(low.Red, high.Red), Mix(low.Green, high.Green), Mix(low.Blue, high.Blue)];

        byte Mix(byte from, byte to) => (byte)Math.Round(from + ((to - from) * share));
    }
}
