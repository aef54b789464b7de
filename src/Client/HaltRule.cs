using System.Globalization;
using Mailroom.Input;

namespace Mailroom.Client;

/// <summary>When a job ends before its pieces have all run, in the words of GNU parallel: <c>now,fail=1</c>, <c>soon,fail=3%</c>.</summary>
/// <param name="Now">true: what runs is cancelled; false: what runs ends, nothing new begins</param>
/// <param name="Failures">so many dead pieces, or null</param>
/// <param name="Percent">or so many per cent of all pieces, at least three of which must have ended</param>
public sealed record HaltRule(bool Now, int? Failures, double? Percent)
{
    // Parallel's own minimum: the first piece alone is no percentage.
    private const int MinSettled = 3;

    /// <exception cref="UserError">it is no rule</exception>
    internal static HaltRule Parse(string text)
    {
        var words = text.Split(',');
        if (words is [("now" or "soon") and var when, var why] && why.StartsWith("fail=", StringComparison.Ordinal))
        {
            var number = why["fail=".Length..];
            if (
                number.EndsWith('%')
                && double.TryParse(number[..^1], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var percent)
                && percent is > 0 and <= 100
            )
                return new HaltRule(when == "now", null, percent);
            if (int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var failures) && failures > 0)
                return new HaltRule(when == "now", failures, null);
        }
        throw new UserError(
            $"send: --halt is '{Visible.Text(text)}', but it takes now or soon, a comma, and fail=N or fail=P%, such as now,fail=1 "
                + "or soon,fail=3%"
        );
    }

    internal bool IsValid => Failures is { } failures ? failures > 0 && Percent is null : Percent is > 0 and <= 100;

    /// <param name="total">all pieces; as long as it isn't known how many there are, no percentage applies</param>
    internal bool Applies(int dead, int settled, int? total) =>
        dead > 0 && (Failures is { } failures ? dead >= failures : settled >= MinSettled && dead * 100.0 >= Percent * total);

    public override string ToString() =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"{(Now ? "now" : "soon")},fail={(Failures is { } failures ? failures : $"{Percent}%")}"
        );
}
