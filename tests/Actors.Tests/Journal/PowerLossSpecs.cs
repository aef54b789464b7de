using Mailroom.Batches;
using Mailroom.Client;
using Mailroom.Journal.Sqlite;
using Mailroom.Kinds;
using Mailroom.Model;

namespace Mailroom.Journal;

/// <summary>
/// The power goes while the journal writes: of what has not been synced, each sector is on the disk as it was, as it is to be, or torn,
/// in any mixture. What a call has returned of was synced before.
/// </summary>
/// <remarks>
/// The disk is a layer of files: it is what stood there before a call and what stands there after it, between which all that
/// the call has written lies. Pages are moved from the log into the file by calls of their own, because SQLite syncs between the two.
/// </remarks>
public sealed class PowerLossSpecs : IDisposable
{
    private const int Steps = 100;
    private const int CutsPerStep = 10;
    private const int Sector = 512;

    private static readonly string[] Files = ["journal.db", "journal.db-wal"];

    private readonly string _folder = Directory.CreateTempSubdirectory("mailroom-power").FullName;
    private readonly SortedDictionary<int, SortedDictionary<int, byte[]>> _recorded = [];
    private readonly SortedSet<int> _ended = [];
    private readonly int _seed = int.TryParse(Environment.GetEnvironmentVariable("MAILROOM_SEED"), out var seed) ? seed : 1;
    private readonly Random _random;

    public PowerLossSpecs() => _random = new Random(_seed);

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Nothing_that_was_accepted_or_recorded_should_be_lost_or_doubled_when_the_power_goes()
    {
        using var journal = SqliteJournal.Open(Path.Combine(_folder, Files[0]));
        Assert.Equal(2L, Pragma(journal, "synchronous")); // full: a commit is on the disk when it returns
        Pragma(journal, "wal_autocheckpoint = 0");
        for (var step = 0; step < Steps; step++)
        {
            var (files, known) = (Snapshot(), Known());
            Act(journal);
            var (written, next) = (Snapshot(), Known());
            for (var cut = 0; cut < CutsPerStep; cut++)
                Check(files.Zip(written, Torn).ToArray(), known, next, $"seed {_seed}, step {step}, cut {cut}");
        }
    }

    private void Act(SqliteJournal journal)
    {
        var open = _recorded.Keys.Except(_ended).ToArray();
        switch (_random.Next(10))
        {
            case 0 or 1 when _recorded.Count < 20:
            case var _ when open.Length == 0:
                _recorded.Add(
                    journal.Accept(Job(0, JobState.Accepted), new JobOrder("{}", new string('x', _random.Next(9_000)), "", 2)),
                    []
                );
                break;
            case 2 or 3:
                Pragma(journal, "wal_checkpoint(passive)");
                break;
            case 4 when open.Length > 1:
                journal.End(new JobDetail(Job(open[0], JobState.Completed), "{}", new Answer("1", "1"), [], []));
                _ended.Add(open[0]);
                break;
            default:
                journal.Record([.. open.Take(2).Select(Record)]);
                break;
        }
    }

    private JournalWriter.Record Record(int job)
    {
        var recorded = _recorded[job];
        var outcomes = new List<Outcome>();
        for (var count = _random.Next(1, 200); count > 0; count--)
        {
            var (piece, result) = (recorded.Count, new byte[_random.Next(60)]);
            _random.NextBytes(result);
            recorded.Add(piece, result);
            outcomes.Add(Outcome.Done(new Piece(piece, 1, 0, Payload.None), Payload.Of(result), 0.1));
        }
        return new JournalWriter.Record(job, 1, [.. outcomes], new RanBy("host", "worker-1"), []);
    }

    private void Check(byte[][] disk, string known, string next, string where)
    {
        var folder = Directory.CreateDirectory(Path.Combine(_folder, "cut"));
        foreach (var (name, bytes) in Files.Zip(disk))
            File.WriteAllBytes(Path.Combine(folder.FullName, name), bytes);
        using (var journal = SqliteJournal.Open(Path.Combine(folder.FullName, Files[0])))
        {
            var found = string.Join(
                '\n',
                journal.Last(int.MaxValue).Reverse().Select(job => Told(job.Job, job.HasEnded, Replayed(journal, job)))
            );
            Assert.True(found == known || found == next, $"{where}: neither what was before nor what was to be\n{found}");
        }
        folder.Delete(recursive: true);
    }

    private static IEnumerable<(int Piece, byte[] Result)> Replayed(SqliteJournal journal, JobSummary job)
    {
        for (long? after = 0; after is { } mark; )
        {
            (var done, after) = journal.Replay(job.Job, mark);
            foreach (var piece in done.SelectMany(batch => batch))
                yield return (piece.Index, piece.Payload.Bytes.ToArray());
        }
    }

    /// <summary>All that was accepted and recorded so far.</summary>
    private string Known() =>
        string.Join(
            '\n',
            _recorded.Select(job => Told(job.Key, _ended.Contains(job.Key), job.Value.Select(pair => (pair.Key, pair.Value))))
        );

    private static string Told(int job, bool hasEnded, IEnumerable<(int Piece, byte[] Result)> pieces)
    {
        var results = pieces.Order(ByPiece).Select(piece => $"{piece.Piece}={Convert.ToHexString(piece.Result)}");
        return $"{job}: {(hasEnded ? "ended" : string.Join(' ', results))}";
    }

    private static Comparer<(int Piece, byte[] Result)> ByPiece { get; } =
        Comparer<(int Piece, byte[] Result)>.Create((a, b) => a.Piece - b.Piece);

    private byte[][] Snapshot() => [.. Files.Select(name => Bytes(Path.Combine(_folder, name)))];

    private static byte[] Bytes(string path)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        var bytes = new byte[file.Length];
        file.ReadExactly(bytes);
        return bytes;
    }

    private byte[] Torn(byte[] before, byte[] after)
    {
        var disk = new byte[_random.Next(2) == 0 ? after.Length : Math.Max(before.Length, _random.Next(after.Length + 1))];
        for (var at = 0; at < disk.Length; at += Sector)
        {
            var size = Math.Min(Sector, disk.Length - at);
            Copy(_random.Next(2) == 0 ? before : after, at, size);
            if (_random.Next(20) == 0)
                Copy(after, at, _random.Next(size));
        }
        return disk;

        void Copy(byte[] from, int at, int size)
        {
            if (at < from.Length)
                Array.Copy(from, at, disk, at, Math.Min(size, from.Length - at));
        }
    }

    private static object? Pragma(SqliteJournal journal, string pragma)
    {
        using var command = journal.Connection.CreateCommand();
        command.CommandText = $"pragma {pragma}";
        return command.ExecuteScalar();
    }

    private static JobSummary Job(int number, JobState state) =>
        new(
            number,
            "integrate",
            Technique.Threads,
            state,
            null,
            Priority.Normal,
            DateTimeOffset.UnixEpoch,
            new PieceCounts(null, 0, 0, 0),
            0,
            0,
            null
        );
}
