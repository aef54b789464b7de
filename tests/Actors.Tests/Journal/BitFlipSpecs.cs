using System.Text.Json;
using Mailroom.Batches;
using Mailroom.Client;
using Mailroom.Input;
using Mailroom.Journal.Sqlite;
using Mailroom.Kinds;
using Mailroom.Model;

namespace Mailroom.Journal;

/// <summary>A bit of the journal's file turns: it is refused, or nobody ever sees a difference.</summary>
public sealed class BitFlipSpecs : IDisposable
{
    private static int Flips => Setting("MAILROOM_FLIPS", 2_000);

    private static int Seed => Setting("MAILROOM_SEED", 1);

    private readonly string _folder = Directory.CreateTempSubdirectory("mailroom-bits").FullName;

    private string FilePath => Path.Combine(_folder, "journal.db");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Flipped_bit_should_never_change_what_the_journal_says(bool changes)
    {
        Fill();
        var bytes = File.ReadAllBytes(FilePath);
        if (changes)
            Change();
        var said = Said();
        Assert.NotNull(said);
        var flips = Flips / 2;
        var random = new Random(Seed);
        var wrong = new List<string>();
        for (var flip = 0; flip < flips; flip++)
        {
            var bit = random.Next(bytes.Length * 8);
            bytes[bit / 8] ^= (byte)(1 << (bit % 8));
            File.WriteAllBytes(FilePath, bytes);
            if (changes)
                Change();
            if (Said() is { } other && other != said)
                wrong.Add($"bit {bit}: {First(said, other)}");
            bytes[bit / 8] ^= (byte)(1 << (bit % 8));
            foreach (var more in new[] { "-wal", "-shm" })
                File.Delete(FilePath + more);
        }
        Assert.True(wrong.Count == 0, $"seed {Seed}: {string.Join('\n', wrong)}");
    }

    private static Choice Learned { get; } = new(Technique.Processes, "it crashes");

    /// <summary>What a host changes: that could write over the damage, and make it look as if it had been written so.</summary>
    private void Change()
    {
        try
        {
            using var journal = SqliteJournal.Open(FilePath);
            journal.Change(1, JobState.Running, DateTimeOffset.UnixEpoch, null);
            journal.Change(2, JobState.Running, null, null);
            journal.TakeOver(3, goesOn: true);
            journal.Close();
        }
        catch (Exception error) when (error is UserError or StoreException) { } // refused: what it says now is what counts
    }

    private static int Setting(string name, int usual) =>
        int.TryParse(Environment.GetEnvironmentVariable(name), out var value) ? value : usual;

    private static string First(string said, string other)
    {
        var at = said.Zip(other).TakeWhile(pair => pair.First == pair.Second).Count();
        return $"{said[Math.Max(0, at - 30)..Math.Min(said.Length, at + 20)]} became "
            + $"{other[Math.Max(0, at - 30)..Math.Min(other.Length, at + 20)]}";
    }

    /// <summary>All that the journal says to anybody, or null when it refuses.</summary>
    private string? Said()
    {
        try
        {
            using var journal = SqliteJournal.Open(FilePath);
            var jobs = journal.Last(10);
            return JsonSerializer.Serialize(
                new object?[]
                {
                    jobs,
                    jobs.Select(job => journal.Read(job.Job))
                        .Select(job => new
                        {
                            job!.Summary,
                            job.Answer,
                            job.Because,
                            job.Profile,
                            All = Told(job.Failures.Concat(job.Attempts)),
                        })
                        .ToList(),
                    jobs.Select(job => journal.Order(job.Job)).ToList(),
                    journal.Unfinished(),
                    jobs.Select(job => Told(journal.Attempts(job.Job))).ToList(),
                    jobs.Select(job => Told(journal.Dead(job.Job))).ToList(),
                    jobs.Select(job =>
                            journal
                                .Replay(job.Job, 0)
                                .Done.SelectMany(batch => batch)
                                .Select(piece => $"{piece.Index} {piece.Attempt} {Hex(piece.Payload)}")
                        )
                        .ToList(),
                    journal.AnswerFiles(),
                    journal.Learned("integrate", "{}") ?? Learned, // one that is damaged is measured anew
                    journal.Find("a"),
                }
            );
        }
        catch (Exception error) when (error is UserError or StoreException)
        {
            return null;
        }
    }

    private static List<string> Told(IEnumerable<Outcome> outcomes) =>
        [.. outcomes.Select(one => $"{one with { Result = null }} {Hex(one.Result)}")];

    private static string Hex(Payload? payload) => payload is null ? "" : Convert.ToHexString(payload.Bytes.Span);

    private void Fill()
    {
        using var journal = SqliteJournal.Open(FilePath);
        for (var job = 1; job <= 3; job++)
        {
            journal.Accept(Job(0), new JobOrder("{\"kind\":\"integrate\"}", "{\"steps\":100}", "", 2, job == 1 ? "a" : null));
            var outcomes = Enumerable
                .Range(0, 50)
                .Select(piece => Outcome.Done(new Piece(piece, 1, 0, Payload.None), Payload.Of(new byte[] { (byte)piece, 7 }), 0.1));
            Outcome[] buried = [Outcome.Not(How.Failed, new Piece(77, 5, 2, Payload.None), "thrown on purpose", "the stack", 0.1)];
            var attempt = Outcome.Not(How.Failed, new Piece(3, 1, 0, Payload.None), "it threw", "the stack", 0.5) with
            {
                By = new RanBy("node-1", "worker-1"),
            };
            journal.Record([new JournalWriter.Record(job, 1, [.. outcomes, .. buried], new RanBy("node-1", "worker-1"), [attempt])]);
        }
        var ended = Job(1) with { State = JobState.Completed, Pieces = new PieceCounts(51, 50, 1, 2, 3), Seconds = 4.5, Workers = 2 };
        var answer = new Answer("{\"value\":333}", "333", ["a notice"]);
        var dead = Outcome.Not(How.GaveUp, new Piece(77, 7, 0, Payload.None), "thrown on purpose", "the stack", 0) with
        {
            By = new RanBy("node-1", ""),
        };
        journal.End(new JobDetail(ended, "{}", answer, [dead], [], "pieces compute", new Profile(51, 0.1, 0.1, 0.1, 0, 9)));
        journal.Change(2, JobState.Paused, DateTimeOffset.UnixEpoch, "the disk was full");
        journal.Learn(null, "integrate", "{}", Learned);
    }

    private static JobSummary Job(int number) =>
        new(
            number,
            "integrate",
            Technique.Threads,
            JobState.Accepted,
            "mine",
            Priority.High,
            DateTimeOffset.UnixEpoch,
            new PieceCounts(null, 0, 0, 0),
            0,
            0,
            null
        );
}
