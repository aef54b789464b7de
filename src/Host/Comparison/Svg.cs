using System.Globalization;
using System.Net;
using System.Text;

namespace Mailroom.Host.Comparison;

/// <summary>A picture in a page, which takes its colours from there.</summary>
internal sealed class Svg(int height, string label)
{
    public const int Width = 640;

    private readonly StringBuilder _inner = new();

    /// <summary>Adds what is drawn; its numbers have a point, as SVG wants it.</summary>
    public void Draw(FormattableString markup) => _inner.Append(markup.ToString(CultureInfo.InvariantCulture));

    public void Text(double x, double y, string text, string anchor = "start", string style = "") =>
        Draw($"<text x='{x:0.#}' y='{y:0.#}' text-anchor='{anchor}' class='{style}'>{WebUtility.HtmlEncode(text)}</text>");

    public override string ToString() => $"<svg viewBox='0 0 {Width} {height}' role='img' aria-label='{label}'>{_inner}</svg>";
}
