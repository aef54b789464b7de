using System.Globalization;

namespace Mailroom.Input;

/// <summary>Reads numbers, durations and sizes the way people write them, and writes them back.</summary>
public static class Quantity
{
    private static readonly (string Suffix, decimal Factor)[] Counts = [("k", 1e3m), ("K", 1e3m), ("M", 1e6m), ("G", 1e9m), ("T", 1e12m)];
    private static readonly (string Suffix, double Factor)[] Durations =
    [
        ("us", 1e-6),
        ("ms", 1e-3),
        ("s", 1),
        ("m", 60),
        ("h", 3600),
        ("d", 86400),
    ];
    private static readonly (string Suffix, decimal Factor)[] Sizes =
    [
        ("KiB", 1024),
        ("MiB", 1048576),
        ("GiB", 1073741824),
        ("kB", 1e3m),
        ("KB", 1e3m),
        ("MB", 1e6m),
        ("GB", 1e9m),
        ("B", 1),
    ];

    /// <summary>A whole number: <c>100000000</c>, <c>100M</c>, <c>1.5k</c>, <c>1e8</c>, <c>1_000_000</c>.</summary>
    public static bool TryCount(string text, out long count) => TryWhole(text, Counts, long.MinValue, out count);

    /// <summary>A number, with the same suffixes as a count.</summary>
    public static bool TryNumber(string text, out double number) =>
        TryPlain(text.Replace("_", "", StringComparison.Ordinal), out number)
        || TryScaled(
            text.Replace("_", "", StringComparison.Ordinal),
            [.. Counts.Select(count => (count.Suffix, (double)count.Factor))],
            out number
        );

    /// <summary>
    /// A duration of at most 10,000 days: <c>500ms</c>, <c>5s</c>, <c>2m</c>, <c>1h</c>; a bare 0 too, and <c>00:00:00.5</c>, as .NET
    /// writes one and documents tell it.
    /// </summary>
    public static bool TryDuration(string text, out TimeSpan duration)
    {
        duration = TimeSpan.Zero;
        if (text == "0")
            return true;
        if (text.Count(sign => sign == ':') == 2 && TimeSpan.TryParseExact(text, "c", CultureInfo.InvariantCulture, out duration))
            return duration >= TimeSpan.Zero && duration.TotalSeconds <= 864e6;
        if (!TryScaled(text, Durations, out var seconds) || seconds < 0 || seconds > 864e6)
            return false;
        duration = TimeSpan.FromSeconds(seconds);
        return true;
    }

    /// <summary>A size in whole bytes: <c>10kB</c>, <c>64MiB</c>, <c>1.5GB</c>, or a bare number of bytes.</summary>
    public static bool TrySize(string text, out long bytes) => TryWhole(text, Sizes, 0, out bytes);

    /// <summary>Bytes of memory, as <c>81 MB</c>.</summary>
    internal static string Megabytes(long bytes) => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e6:0} MB");

    /// <summary>So many of something: <c>1 piece</c>, <c>2 pieces</c>.</summary>
    /// <param name="many">what more than one are called, where that is not the same with an s</param>
    public static string Of(long count, string one, string? many = null) => $"{count} {(count == 1 ? one : many ?? one + "s")}";

    /// <summary>A duration as people read it: <c>350ms</c>, <c>4.2s</c>, <c>3m 20s</c>, <c>2h 5m</c>.</summary>
    public static string Text(TimeSpan duration) =>
        duration.TotalSeconds switch
        {
            < 0.001 => $"{duration.TotalMicroseconds.ToString("0", CultureInfo.InvariantCulture)}us",
            < 1 => $"{duration.TotalMilliseconds.ToString("0", CultureInfo.InvariantCulture)}ms",
            < 60 => $"{duration.TotalSeconds.ToString("0.0", CultureInfo.InvariantCulture)}s",
            < 3600 => $"{(int)duration.TotalMinutes}m {duration.Seconds}s",
            _ => $"{(long)duration.TotalHours}h {duration.Minutes}m",
        };

    /// <summary>A count as people read it: <c>950</c>, <c>12.3k</c>, <c>4.5M</c>.</summary>
    public static string Text(double count) =>
        Math.Abs(count) switch
        {
            < 1000 => count.ToString(count < 10 && count != Math.Floor(count) ? "0.0" : "0", CultureInfo.InvariantCulture),
            < 1e6 => (count / 1e3).ToString("0.#", CultureInfo.InvariantCulture) + "k",
            < 1e9 => (count / 1e6).ToString("0.#", CultureInfo.InvariantCulture) + "M",
            _ => (count / 1e9).ToString("0.#", CultureInfo.InvariantCulture) + "G",
        };

    // In decimal: 1.1kB are 1,100 bytes, and not 1,100.0000000000002.
    private static bool TryWhole(string text, (string Suffix, decimal Factor)[] units, long min, out long whole)
    {
        whole = 0;
        var digits = text.Replace("_", "", StringComparison.Ordinal);
        var (suffix, factor) = units.FirstOrDefault(
            unit => digits.EndsWith(unit.Suffix, StringComparison.Ordinal),
            (Suffix: "", Factor: 1m)
        );
        if (
            !decimal.TryParse(digits[..^suffix.Length], NumberStyles.Float, CultureInfo.InvariantCulture, out var number)
            || Math.Abs(number) > (long.MaxValue + 1m) / factor
        )
            return false;
        var value = number * factor;
        if (value != Math.Floor(value) || value < min || value > long.MaxValue)
            return false;
        whole = (long)value;
        return true;
    }

    private static bool TryScaled(string text, (string Suffix, double Factor)[] units, out double value)
    {
        value = 0;
        foreach (var (suffix, factor) in units)
        {
            if (!text.EndsWith(suffix, StringComparison.Ordinal) || !TryPlain(text[..^suffix.Length], out var number))
                continue;
            value = number * factor;
            return double.IsFinite(value);
        }
        return false;
    }

    private static bool TryPlain(string text, out double value) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out value) && double.IsFinite(value);
}
