using System.Buffers.Binary;
using System.Globalization;
using System.Text.Json;
using Mailroom.BuiltIn.Pictures;
using Mailroom.Files;
using Mailroom.Input;
using Mailroom.Kinds;

namespace Mailroom.BuiltIn;

/// <summary>A picture of the Mandelbrot set: pieces that cost very unequal times, and big binary results.</summary>
public sealed class Mandelbrot : JobKind<Mandelbrot.Args, Mandelbrot.Rows, Mandelbrot.Band, Mandelbrot.Picture>
{
    // Bands are thin, so that a costly one can't keep a worker busy when all others are done.
    private const int BandBytes = 64 * 1024;
    private const int MaxIterations = 10_000_000;

    public sealed record Args(
        [property: Option("the PNG file to write; one that is there is replaced")] [property: Path] string Out,
        [property: Option("width and height in pixels")] string Size = "1920x1080",
        [property: Option("the point in the middle: real and imaginary part")] string Center = "-0.75,0",
        [property: Option("width of the part of the plane that is shown; without it the whole set is")] double? Span = null,
        [property: Option("a point that stays for so many iterations is in the set")] int Iterations = 1_000
    );

    /// <summary>So many rows from <paramref name="First"/>.</summary>
    public readonly record struct Rows(int First, int Count);

    /// <summary>The pixels of some rows: red, green and blue, a byte each.</summary>
    public sealed record Band(int First, ReadOnlyMemory<byte> Pixels);

    public sealed record Picture(string File, int Width, int Height, long Bytes);

    public override string Name => "mandelbrot";

    public override string Summary => "Paints a part of the Mandelbrot set into a PNG file.";

    public override string Because => "pixels are pure computing, and on threads their bands needn't be copied from process to process";

    public override bool OrderMatters => false;

    public override Codec<Band> ResultCodec { get; } = new BandCodec();

    public override Args Check(Args args, string directory)
    {
        _ = View.Of(args);
        if (args.Iterations is < 1 or > MaxIterations)
            throw new UserError($"mandelbrot: --iterations is {args.Iterations}, but it takes 1 to {MaxIterations}");
        var file = Path.GetFullPath(args.Out, directory);
        if (!file.EndsWith(".png", StringComparison.OrdinalIgnoreCase))
            throw new UserError(
                $"mandelbrot: --out is '{Visible.Text(args.Out)}', but the picture is a PNG; give it a name that ends in .png"
            );
        return (Disk.IsFolder(file) ? "it is a folder" : SafeFile.WhyNotWritable(PngFile.Part(file))) is { } reason
            ? throw new UserError($"mandelbrot: --out {Visible.Text(args.Out)} can't be written: {reason}")
            : args with
            {
                Out = file,
            };
    }

    public override IEnumerable<Rows> Split(Args args, SplitHint hint)
    {
        var view = View.Of(args);
        var rows = Math.Max(1, hint.Pieces is { } pieces ? (view.Height + pieces - 1) / pieces : BandBytes / (3 * view.Width));
        return Enumerable
            .Range(0, (view.Height + rows - 1) / rows)
            .Select(band => new Rows(band * rows, Math.Min(rows, view.Height - (band * rows))));
    }

    public override ValueTask<Band> RunAsync(Args args, Rows piece, PieceContext context)
    {
        var view = View.Of(args);
        var pixels = new byte[3 * view.Width * piece.Count];
        for (var row = 0; row < piece.Count; row++)
        {
            view.Paint(piece.First + row, args.Iterations, pixels.AsSpan(3 * view.Width * row, 3 * view.Width), context.Cancellation);
        }
        return new ValueTask<Band>(new Band(piece.First, pixels));
    }

    public override Picture Combine(Args args, IEnumerable<Band> results)
    {
        using var canvas = new Canvas(args);
        foreach (var band in results)
            canvas.Add(band);
        return canvas.Finish();
    }

    public override IFold<Band, Picture> Fold(Args args) => new Canvas(args);

    public override string Text(Picture answer) => answer.File;

    public override IEnumerable<string> Notices(Args args, Picture answer)
    {
        if (View.Of(args).IsTooDeep)
            yield return "the picture shows blocks: at this --span, neighbouring pixels are the same 64-bit number";
    }

    /// <summary>The one copy of the picture that the host holds; bands are painted into it as they come.</summary>
    private sealed class Canvas(Args args) : IFold<Band, Picture>, IDisposable
    {
        private readonly PngFile _png = new(View.Of(args).Width, View.Of(args).Height);

        public void Add(Band result) => _png.Paint(result.First, result.Pixels.Span);

        public Picture Finish() => new(args.Out, _png.Width, _png.Height, _png.Save(args.Out));

        public void Dispose() => _png.Dispose();
    }

    /// <summary>The first row in four bytes, little-endian, and the pixels as they are.</summary>
    private sealed class BandCodec : Codec<Band>
    {
        protected override byte[] Encode(Band value)
        {
            var bytes = new byte[sizeof(int) + value.Pixels.Length];
            BinaryPrimitives.WriteInt32LittleEndian(bytes, value.First);
            value.Pixels.Span.CopyTo(bytes.AsSpan(sizeof(int)));
            return bytes;
        }

        protected override Band DecodeValue(ReadOnlyMemory<byte> bytes) =>
            bytes.Length > sizeof(int)
                ? new(BinaryPrimitives.ReadInt32LittleEndian(bytes.Span), bytes[sizeof(int)..])
                : throw new JsonException($"a band of a picture has more than {bytes.Length} bytes");
    }
}

/// <summary>Which part of the plane is shown, and how its points are painted.</summary>
internal readonly record struct View(int Width, int Height, double Real, double Imaginary, double Step)
{
    // What the whole set needs around the usual middle, with a margin.
    private const double SetWidth = 2.75;
    private const double SetHeight = 2.5;

    private const int MaxSide = 65_535;
    private const long MaxPixels = 500_000_000;

    /// <exception cref="UserError">size, center or span make no picture</exception>
    public static View Of(Mandelbrot.Args args)
    {
        var size = args.Size.Split('x');
        if (
            size.Length != 2
            || !int.TryParse(size[0], NumberStyles.None, CultureInfo.InvariantCulture, out var width)
            || !int.TryParse(size[1], NumberStyles.None, CultureInfo.InvariantCulture, out var height)
            || width is < 1 or > MaxSide
            || height is < 1 or > MaxSide
            || (long)width * height > MaxPixels
        )
            throw new UserError(
                $"mandelbrot: --size is '{Visible.Text(args.Size)}', but it takes WIDTHxHEIGHT such as 1920x1080, each at most "
                    + $"{MaxSide}, together at most {MaxPixels / 1_000_000} megapixels"
            );
        var center = args.Center.Split(',');
        if (center.Length != 2 || !Quantity.TryNumber(center[0], out var real) || !Quantity.TryNumber(center[1], out var imaginary))
            throw new UserError($"mandelbrot: --center is '{Visible.Text(args.Center)}', but it takes two numbers such as -0.75,0");
        var span = args.Span ?? Math.Max(SetWidth, SetHeight * width / height);
        return span > 0
            ? new View(width, height, real, imaginary, span / width)
            : throw new UserError($"mandelbrot: --span is {span.ToString(CultureInfo.InvariantCulture)}, but it takes a number above 0");
    }

    /// <summary>Whether neighbouring pixels are the same number, so that the picture shows blocks.</summary>
    public bool IsTooDeep =>
        Step
        < Math.BitIncrement(Math.Max(Math.Abs(Real) + (Width * Step / 2), Math.Abs(Imaginary) + (Height * Step / 2)))
            - Math.Max(Math.Abs(Real) + (Width * Step / 2), Math.Abs(Imaginary) + (Height * Step / 2));

    /// <summary>Paints a row, three bytes a pixel.</summary>
    public void Paint(int row, int iterations, Span<byte> pixels, CancellationToken cancellation)
    {
        var y = Imaginary + ((((Height - 1) / 2.0) - row) * Step);
        for (var column = 0; column < Width; column++)
        {
            cancellation.ThrowIfCancellationRequested();
            var x = Real + ((column - ((Width - 1) / 2.0)) * Step);
            Palette.Color(Escape(x, y, iterations), pixels.Slice(3 * column, 3));
        }
    }

    /// <summary>
    /// After how many iterations of z = z² + c a point has escaped, smoothed by the normalized iteration count
    /// (https://en.wikipedia.org/wiki/Plotting_algorithms_for_the_Mandelbrot_set); negative when it has not.
    /// </summary>
    private static double Escape(double x, double y, int iterations)
    {
        const double farSquared = 256;
        // The cardioid and the circle left of it are in the set, and would cost the most; far out squares overflow.
        var q = ((x - 0.25) * (x - 0.25)) + (y * y);
        if (q < 4 && (q * (q + (x - 0.25)) <= 0.25 * y * y || ((x + 1) * (x + 1)) + (y * y) <= 0.0625))
            return -1;
        double a = 0,
            b = 0,
            aa = 0,
            bb = 0;
        for (var n = 0; n < iterations; n++)
        {
            b = (2 * a * b) + y;
            a = aa - bb + x;
            aa = a * a;
            bb = b * b;
            if (aa + bb > farSquared)
                return Math.Max(0, n + 1 - Math.Log2(Math.Log(aa + bb) / Math.Log(farSquared)));
        }
        return -1;
    }
}
