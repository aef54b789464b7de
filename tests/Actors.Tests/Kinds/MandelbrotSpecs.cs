using System.Text.Json.Nodes;
using Mailroom.BuiltIn;
using Mailroom.Input;
using SkiaSharp;

namespace Mailroom.Kinds;

public sealed class MandelbrotSpecs : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("mailroom-mandelbrot").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private JsonObject Arguments(string size = "61x41") =>
        new()
        {
            ["out"] = Path.Combine(_folder, "m.png"),
            ["size"] = size,
            ["iterations"] = 200,
        };

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
    [InlineData("0,0", "3000")]
    [InlineData("300,0", "1")]
    [InlineData("0,1e200", "1")]
    [InlineData("-1e200,1e200", "1")]
    public async Task Mandelbrot_should_paint_nothing_as_the_set_that_is_far_out(string center, string span)
    {
        var arguments = Arguments("20x20");
        (arguments["center"], arguments["span"]) = (center, span);
        await KindRun.AnswerAsync(new Mandelbrot(), arguments);
        using var picture = SKBitmap.Decode(Path.Combine(_folder, "m.png"));
        Assert.DoesNotContain(SKColors.Black, picture.Pixels);
    }

    [Theory]
    [InlineData("200x50")]
    [InlineData("50x200")]
    [InlineData("64x64")]
    public async Task Mandelbrot_should_show_the_whole_set_whatever_the_size(string size)
    {
        await KindRun.AnswerAsync(new Mandelbrot(), Arguments(size));
        using var picture = SKBitmap.Decode(Path.Combine(_folder, "m.png"));
        Assert.Contains(SKColors.Black, picture.Pixels);
        for (var x = 0; x < picture.Width; x++)
            Assert.DoesNotContain(SKColors.Black, new[] { picture.GetPixel(x, 0), picture.GetPixel(x, picture.Height - 1) });
        for (var y = 0; y < picture.Height; y++)
            Assert.DoesNotContain(SKColors.Black, new[] { picture.GetPixel(0, y), picture.GetPixel(picture.Width - 1, y) });
    }

    [Theory]
    [InlineData("1e-13", false)]
    [InlineData("1e-16", true)]
    public async Task Mandelbrot_should_say_when_a_zoom_is_past_what_numbers_tell_apart(string span, bool said)
    {
        var arguments = Arguments("20x20");
        arguments["span"] = span;
        Assert.Equal(
            said,
            (await KindRun.NoticesAsync(new Mandelbrot(), arguments)).Any(notice =>
                notice.Contains("shows blocks", StringComparison.Ordinal)
            )
        );
    }

    [Fact]
    public void Mandelbrot_should_say_before_the_work_that_its_file_can_not_be_made_and_leave_nothing_behind()
    {
        Directory.CreateDirectory(Path.Combine(_folder, "m.png"));
        Assert.Contains("it is a folder", Assert.Throws<UserError>(() => ((IKind)new Mandelbrot()).Bind(Arguments(), _folder)).Message);
        var arguments = Arguments();
        arguments["out"] = new string('n', 300) + ".png";
        Assert.Contains("can't be written: ", Assert.Throws<UserError>(() => ((IKind)new Mandelbrot()).Bind(arguments, _folder)).Message);
        arguments["out"] = "other.png";
        ((IKind)new Mandelbrot()).Bind(arguments, _folder);
        Assert.Equal(["m.png"], Directory.EnumerateFileSystemEntries(_folder).Select(Path.GetFileName));
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
