using System.Text.Json.Nodes;
using Mailroom.Input;
using SkiaSharp;

namespace Mailroom.Kinds;

public sealed class MandelbrotSpecs : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("mailroom-mandelbrot").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private JsonObject Arguments(string size = "61x41") => new() { ["out"] = Path.Combine(_folder, "m.png"), ["size"] = size, ["iterations"] = 200 };

    [Fact]
    public async Task Mandelbrot_should_be_black_inside_coloured_outside_and_the_same_above_and_below_the_axis()
    {
        await KindRun.AnswerAsync(new Mandelbrot(), Arguments());
        using var picture = SKBitmap.Decode(Path.Combine(_folder, "m.png"));
        Assert.Equal((61, 41), (picture.Width, picture.Height));
        Assert.Equal(SKColors.Black, picture.GetPixel(30, 20));
        Assert.NotEqual(SKColors.Black, picture.GetPixel(0, 0));
        for (var y = 0; y < 20; y++)
            for (var x = 0; x < 61; x++)
                Assert.Equal(picture.GetPixel(x, y), picture.GetPixel(x, 40 - y));
    }

    [Fact]
    public async Task Mandelbrot_should_be_the_same_file_whatever_the_pieces_and_their_order()
    {
        var files = new List<byte[]>();
        foreach (var (pieces, reversed) in new[] { ((int?)null, false), (1, false), (41, true), (7, true) })
        {
            await KindRun.AnswerAsync(new Mandelbrot(), Arguments(), pieces, reversed);
            files.Add(await File.ReadAllBytesAsync(Path.Combine(_folder, "m.png")));
        }
        Assert.All(files, file => Assert.Equal(files[0], file));
        Assert.Equal(["m.png"], Directory.GetFiles(_folder).Select(Path.GetFileName));
    }

    [Theory]
    [InlineData("size", "big", "WIDTHxHEIGHT")]
    [InlineData("size", "100000x2", "at most 65535")]
    [InlineData("size", "60000x60000", "500 megapixels")]
    [InlineData("center", "1", "two numbers")]
    [InlineData("span", "0", "above 0")]
    [InlineData("iterations", "0", "1 to")]
    [InlineData("out", "m.jpg", ".png")]
    [InlineData("out", "/does/not/exist/m.png", "there is no folder")]
    public void Mandelbrot_should_refuse_what_makes_no_picture(string argument, string value, string said)
    {
        var arguments = Arguments();
        arguments[argument] = value;
        Assert.Contains(said, Assert.Throws<UserError>(() => ((IKind)new Mandelbrot()).Bind(arguments, _folder)).Message);
    }
}
