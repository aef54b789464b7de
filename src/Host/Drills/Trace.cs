using System.Globalization;

namespace Mailroom.Host.Drills;

/// <summary>
/// What really ran, as the pieces of the kind <c>practice</c> note it themselves: a log that no part of Mailroom's bookkeeping has a hand
/// in.
/// </summary>
internal sealed class Trace : IDisposable
{
    public string Folder { get; } = Directory.CreateTempSubdirectory("mailroom-drill").FullName;

    /// <summary>The attempts that were begun, in no order.</summary>
    public IReadOnlyList<Begun> Read() =>
        [
            .. Directory
                .GetFiles(Folder)
                .SelectMany(file => Read(file, int.Parse(file[(file.LastIndexOf('-') + 1)..], CultureInfo.InvariantCulture))),
        ];

    public void Dispose() => Directory.Delete(Folder, recursive: true);

    // A process that is killed may leave its last line unfinished; what it was about had only begun.
    private static IEnumerable<Begun> Read(string file, int pid) =>
        Lines(file)
            .Select(line => line.Split(' '))
            .Where(words => words.Length == 4 && words[3].Length == 13)
            .Select(words => new Begun(
                int.Parse(words[1], CultureInfo.InvariantCulture),
                pid,
                DateTimeOffset.FromUnixTimeMilliseconds(long.Parse(words[3], CultureInfo.InvariantCulture))
            ));

    // Who writes goes on writing: on Windows a reader would keep it from that, unless it says otherwise.
    private static IEnumerable<string> Lines(string path)
    {
        using var file = new StreamReader(path, new FileStreamOptions { Share = FileShare.ReadWrite | FileShare.Delete });
        while (file.ReadLine() is { } line)
            yield return line;
    }

    /// <summary>An attempt of a piece in a process.</summary>
    public sealed record Begun(int Piece, int Pid, DateTimeOffset At);
}
