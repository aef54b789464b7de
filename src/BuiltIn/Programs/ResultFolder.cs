using System.Globalization;
using Mailroom.Files;
using Mailroom.Input;

namespace Mailroom.BuiltIn.Programs;

/// <summary>
/// The outputs of runs as files, in the folders that GNU parallel makes for <c>--results DIR</c>: <c>DIR/1/INPUT/stdout</c>.
/// </summary>
internal sealed class ResultFolder(string folder)
{
    public void Add(Commands.Run run)
    {
        var columns = run.Columns ?? [run.Input];
        var path = columns
            .Select((column, index) => Path.Combine((index + 1).ToString(CultureInfo.InvariantCulture), Name(column)))
            .Aggregate(folder, Path.Combine);
        FileModes.ForUser(() =>
        {
            Disk.MakeFolders(path);
            Write(path, "seq", Octets.Bytes(run.Number.ToString(CultureInfo.InvariantCulture)));
            Write(path, "stdout", run.Out.Span);
            Write(path, "stderr", run.Error.Span);
            return path;
        });
    }

    private static void Write(string path, string name, ReadOnlySpan<byte> bytes)
    {
        using var file = new FileStream(SafeFile.Create(path, name), FileAccess.Write, bufferSize: 0);
        file.Write(bytes);
    }

    // As parallel names them: a slash would be a folder, and an empty name none.
    private static string Name(string input) =>
        input.Length == 0 ? "\\0"
        : input is "." or ".." ? "\\" + input
        : input
            .Replace("\\", "\\\\", StringComparison.Ordinal)
            .Replace("/", "\\_", StringComparison.Ordinal)
            .Replace("\t", "\\t", StringComparison.Ordinal);
}
