namespace Mailroom.Logs;

/// <summary>A node's own log files, as it tells them to its host.</summary>
public static class LogShare
{
    /// <summary>The next lines that are not known yet; null when there are none.</summary>
    /// <exception cref="IOException">they can't be read</exception>
    public static LogPart? Next(string directory, string node, IReadOnlyList<LogMark> known)
    {
        foreach (var file in new LogFiles(node).In(directory).TakeLast(LogPart.MaxFiles))
        {
            var at = known.FirstOrDefault(mark => mark.File == file.Name)?.Bytes ?? 0;
            if (file.Exists && file.Length > at && Read(file, at) is { Length: > 0 } bytes)
                return new LogPart(file.Name, at, bytes);
        }
        return null;
    }

    private static ReadOnlyMemory<byte> Read(FileInfo file, long at)
    {
        var buffer = new byte[LogPart.MaxBytes];
        using var stream = file.Open(FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        stream.Position = at;
        var count = stream.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false);
        var lines = buffer.AsSpan(0, count).LastIndexOf((byte)'\n') + 1;
        // A line that is longer goes in pieces; one without its end waits for it.
        return buffer.AsMemory(0, lines == 0 && count == buffer.Length ? count : lines);
    }
}
