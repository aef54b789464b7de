using Mailroom.Input;
using Mailroom.Kinds;
using Mailroom.Pools;
using Microsoft.Data.Sqlite;

namespace Mailroom.Journal;

public sealed class JournalSpecs : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("mailroom-journal").FullName;

    private string FilePath => Path.Combine(_folder, "journal.db");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static JobSummary Job(int number = 0) => new(
        number, "integrate", Technique.Threads, JobState.Accepted, "mine", Priority.High, new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero), new PieceCounts(null, 0, 0, 0), 0, 0, null);

    [Fact]
    public void Journal_should_number_jobs_on_from_the_last_even_after_a_restart()
    {
        using (var journal = JournalFile.Open(FilePath))
            Assert.Equal([1, 2], new[] { journal.Accept(Job(), "{}"), journal.Accept(Job(), "{}") });
        using var again = JournalFile.Open(FilePath);
        Assert.Equal(3, again.Accept(Job(), "{}"));
    }

    [Fact]
    public void Journal_should_give_a_job_back_as_it_ended()
    {
        var ended = new JobDetail(
            Job(1) with { State = JobState.Failed, Pieces = new PieceCounts(10, 9, 1, 2), Seconds = 1.5, Workers = 2, Reason = "1 of 10 pieces are dead" },
            "{\"a\":1}", new Answer("{\"ran\":9}", "9"), [new Failure(3, 5, "thrown", "host", "stack")]);
        using (var journal = JournalFile.Open(FilePath))
        {
            journal.Accept(Job(), "{\"a\":1}");
            journal.End(ended);
        }
        using var again = JournalFile.Open(FilePath);
        var read = again.Read(1)!;
        Assert.Equal(ended.Summary, read.Summary);
        Assert.Equal((ended.Answer, ended.ArgumentsJson), (read.Answer, read.ArgumentsJson));
        Assert.Equal(ended.Failures.AsEnumerable(), read.Failures);
        Assert.Equal(ended.Summary, again.Last(10).Single());
    }

    [Fact]
    public void Journal_should_say_that_a_job_ended_with_its_host()
    {
        using (var journal = JournalFile.Open(FilePath))
            journal.Accept(Job(), "{}");
        using var again = JournalFile.Open(FilePath);
        Assert.Equal((JobState.Failed, "its host ended while the job ran"), (again.Read(1)!.Summary.State, again.Read(1)!.Summary.Reason));
    }

    [Fact]
    public void Journal_should_know_nothing_of_a_job_that_was_never_accepted()
    {
        using var journal = JournalFile.Open(FilePath);
        Assert.Null(journal.Read(99));
    }

    [Fact]
    public void Journal_should_refuse_a_newer_schema()
    {
        using (var connection = new SqliteConnection($"Data Source={FilePath};Pooling=false"))
        {
            connection.Open();
            using var command = connection.CreateCommand();
            command.CommandText = "pragma user_version = 99";
            command.ExecuteNonQuery();
        }
        Assert.Contains("version 99", Assert.Throws<UserError>(() => JournalFile.Open(FilePath)).Message);
    }

    [Fact]
    public void Journal_should_refuse_a_damaged_file_and_leave_it_as_it_is()
    {
        var garbage = new byte[4096];
        Array.Fill(garbage, (byte)'x');
        File.WriteAllBytes(FilePath, garbage);
        var error = Assert.Throws<UserError>(() => JournalFile.Open(FilePath));
        Assert.Equal(ExitCode.Refused, error.ExitCode);
        Assert.Equal(garbage, File.ReadAllBytes(FilePath));
    }
}
