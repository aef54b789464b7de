using System.Runtime.InteropServices;
using Mailroom.Files;
using SkiaSharp;

namespace Mailroom.BuiltIn.Pictures;

/// <summary>A picture in the making, four bytes a pixel, and its way into a PNG file.</summary>
internal sealed class PngFile : IDisposable
{
    private readonly SKBitmap _bitmap;
    private readonly byte[] _row;

    public PngFile(int width, int height)
    {
        _row = new byte[4 * width];
        Array.Fill(_row, byte.MaxValue); // opaque
        _bitmap = new SKBitmap();
        if (!_bitmap.TryAllocPixels(new SKImageInfo(width, height, SKColorType.Rgba8888, SKAlphaType.Opaque)))
            throw new InsufficientMemoryException(
                $"a picture of {width}x{height} pixels needs {4L * width * height} bytes, which this machine doesn't give"
            );
    }

    public int Width => _bitmap.Width;

    public int Height => _bitmap.Height;

    /// <summary>Paints whole rows.</summary>
    /// <param name="first">the first row</param>
    /// <param name="pixels">red, green and blue, a byte each</param>
    public void Paint(int first, ReadOnlySpan<byte> pixels)
    {
        for (var row = 0; row * 3 * Width < pixels.Length; row++)
        {
            var from = pixels.Slice(row * 3 * Width, 3 * Width);
            for (var column = 0; column < Width; column++)
                from.Slice(3 * column, 3).CopyTo(_row.AsSpan(4 * column));
            Marshal.Copy(_row, 0, _bitmap.GetPixels() + ((first + row) * (nint)_bitmap.RowBytes), _row.Length);
        }
    }

    /// <summary>Where it is written before it has its name.</summary>
    public static string Part(string path) => path + ".part";

    /// <summary>Writes the file beside its place and moves it there when it is whole.</summary>
    /// <returns>its size in bytes</returns>
    public long Save(string path)
    {
        var part = Part(path);
        try
        {
            long length;
            using (var file = FileModes.ForUser(() => new FileStream(SafeFile.Create(part, ""), FileAccess.Write)))
            {
                using (var stream = new SKManagedWStream(file))
                using (var pixels = _bitmap.PeekPixels())
                    if (!pixels.Encode(stream, new SKPngEncoderOptions(SKPngEncoderFilterFlags.Sub, 6)))
                        throw new IOException($"{path} can't be written");
                length = file.Length;
                file.Flush(flushToDisk: true); // a disk that is full says so now, while the old picture is still there
            }
            Disk.Move(part, path, overwrite: true);
            return length;
        }
        finally
        {
            Disk.Delete(part);
        }
    }

    public void Dispose() => _bitmap.Dispose();
}
