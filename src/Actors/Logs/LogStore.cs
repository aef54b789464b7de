using System.Runtime.CompilerServices;

namespace Mailroom.Logs;

/// <summary>Which lines are wanted; what is null doesn't matter.</summary>
/// <param name="Level">the least severity</param>
/// <param name="Actor">a part of the actor's path</param>
/// <param name="Since">not before this time</param>
/// <param name="Search">a part of the event, the text or the exception, ignoring case</param>
/// <param name="Last">only so many of the last lines</param>
/// <param name="Pieces">only what was said of these pieces</param>
public sealed record LogQuery(
    int? Job = null,
    Severity? Level = null,
    string? Node = null,
    string? Actor = null,
    DateTimeOffset? Since = null,
    string? Search = null,
    int? Last = null,
    IReadOnlyCollection<int>? Pieces = null
)
{
    /// <summary>A quick look at a line of a file: false when it can't be among those wanted.</summary>
    internal bool MayWant(string json) => Job is null || json.Contains($"\"job\":{Job}", StringComparison.Ordinal);

    public bool Wants(LogLine line) =>
        (Job is null || line.Job == Job)
        && (Level is null || line.Level >= Level)
        && (Node is null || line.Node == Node)
        && (Actor is null || line.Actor.Contains(Actor, StringComparison.OrdinalIgnoreCase))
        && (Since is null || line.At >= Since)
        && (Pieces is null || (line.Piece is { } piece && Pieces.Contains(piece)))
        && (Search is null || Holds(line.Event) || Holds(line.Text) || Holds(line.Exception));

    private bool Holds(string? text) => text?.Contains(Search!, StringComparison.OrdinalIgnoreCase) == true;
}

/// <summary>Reads the log files of all processes, living and dead, as one story in the order of time.</summary>
public sealed class LogStore(string directory, TimeProvider time)
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(200);

    // So many lines of each file at once: a follower that reads slowly holds no more of them.
    private const int Portion = 256;

    public IReadOnlyList<LogLine> Read(LogQuery query) => First(Files().Select(file => new Tail(file)), query);

    /// <summary>What <see cref="Read"/> gives, and then every new line as it is written, until cancelled.</summary>
    public async IAsyncEnumerable<LogLine> FollowAsync(LogQuery query, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var tails = Files().ToDictionary(file => file, file => new Tail(file), StringComparer.Ordinal);
        foreach (var line in First(tails.Values, query))
            yield return line;
        while (!cancellation.IsCancellationRequested)
        {
            foreach (var file in Files().Where(file => !tails.ContainsKey(file)))
                tails[file] = new Tail(file);
            var lines = tails.Values.SelectMany(tail => tail.Read(query).Take(Portion)).OrderBy(line => line.At).ToList();
            foreach (var line in lines)
                yield return line;
            if (lines.Count < Portion)
                await Task.Delay(LookEvery, time, cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>
    /// All lines so far that are wanted. Each file is in the order of time, so its own last lines are all that can be among the last of
    /// all.
    /// </summary>
    private static LogLine[] First(IEnumerable<Tail> tails, LogQuery query)
    {
        return [.. Last(tails.SelectMany(tail => Last(tail.Read(query))).OrderBy(line => line.At))];

        IEnumerable<LogLine> Last(IEnumerable<LogLine> all) => query.Last is { } last ? all.TakeLast(last) : all;
    }

    private string[] Files() => Directory.Exists(directory) ? Directory.GetFiles(directory, "*.jsonl") : [];

    /// <summary>Reads on where it stopped, a line at a time; a line without its end waits for the rest of it.</summary>
    private sealed class Tail(string path)
    {
        private const int BufferBytes = 64 * 1024;

        private long _at;

        public IEnumerable<LogLine> Read(LogQuery query)
        {
            using var file = Open();
            if (file is null || file.Length <= _at)
                yield break;
            file.Position = _at;
            var buffer = new byte[BufferBytes];
            var filled = 0;
            for (int read; (read = file.Read(buffer, filled, buffer.Length - filled)) > 0; )
            {
                filled += read;
                var from = 0;
                for (int length; (length = buffer.AsSpan(from, filled - from).IndexOf((byte)'\n')) >= 0; from += length + 1)
                {
                    _at += length + 1;
                    var line = System.Text.Encoding.UTF8.GetString(buffer, from, length);
                    if (length > 0 && query.MayWant(line) && LogLine.Parse(line) is { } parsed && query.Wants(parsed))
                        yield return parsed;
                }
                buffer.AsSpan(from, filled - from).CopyTo(buffer);
                filled -= from;
                if (filled == buffer.Length)
                    Array.Resize(ref buffer, 2 * buffer.Length); // a line longer than the buffer
            }
        }

        private FileStream? Open()
        {
            try
            {
                return new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            }
            catch (FileNotFoundException)
            {
                return null; // deleted as the oldest since the folder was listed
            }
        }
    }
}
