using Mailroom.Batches;
using Mailroom.Client;
using Mailroom.Input;
using Mailroom.Journal.Sqlite;
using Mailroom.Kinds;
using Mailroom.Model;
using Microsoft.Data.Sqlite;

namespace Mailroom.Journal;

public sealed class SqliteJournalSpecs : JournalStoreSpecs, IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("mailroom-journal").FullName;

    private string FilePath => Path.Combine(_folder, "journal.db");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private protected override IJournalStore Open() => SqliteJournal.Open(FilePath);

    /// <summary>Another program changes the file.</summary>
    private void Behind(string change)
    {
        using var connection = new SqliteConnection($"Data Source={FilePath};Pooling=false");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = change;
        command.ExecuteNonQuery();
    }

    [Fact]
    public void Journal_of_version_5_should_be_read_with_the_records_that_it_has()
    {
        byte[] old =
        [
            .. new[] { 3, 1, 0, 2 }.SelectMany(BitConverter.GetBytes),
            7,
            8,
            .. new[] { 4, 2, 1, 0 }.SelectMany(BitConverter.GetBytes),
        ];
        using (var journal = SqliteJournal.Open(FilePath))
        {
            journal.Accept(Job(), Order());
            using var command = journal.Connection.CreateCommand();
            command.CommandText =
                "alter table records drop column form; insert into records (job, pieces, data, checksum) values (1, 2, $data, "
                + "$checksum); pragma user_version = 5";
            command.Parameters.AddWithValue("$data", old);
            command.Parameters.AddWithValue("$checksum", RecordForm.Checksum(1, old));
            command.ExecuteNonQuery();
        }
        using var again = SqliteJournal.Open(FilePath);
        again.Record([Ended(1, Done(9, 1))]);
        Assert.Equal("3:1:0:0708 4:2:1: 9:1:0:01", Text(again.Replay(1, 0).Done));
        Assert.Equal(3, again.Unfinished(1)!.Summary.Pieces.Done);
    }

    [Fact]
    public void Journal_should_put_no_more_into_a_row_than_a_row_can_hold()
    {
        Ends ends = [.. Enumerable.Range(0, 5).Select(piece => Done(piece, new byte[30 * 1024 * 1024]))];
        var rows = RecordForm.Rows(ends.Done).ToList();
        Assert.Equal([2, 2, 1], rows.Select(row => row.Count));
        Assert.Equal(
            [0, 1, 2, 3, 4],
            rows.SelectMany(row => RecordForm.Read(BatchForm.Write(row), RecordForm.Newest)).Select(piece => piece.Index)
        );
    }

    [Theory]
    [InlineData("update records set data = zeroblob(length(data))", "row 1 of the table records in ")]
    [InlineData("update records set pieces = 2", "row 1 of the table records in ")]
    [InlineData("update jobs set arguments = '{\"steps\":1}'", "row 1 of the table jobs in ")]
    [InlineData("update jobs set answer = '2' where job = 2", "row 2 of the table jobs in ")]
    [InlineData("update dead set reason = 'it was never tried'", "row 1 of the table dead in ")]
    [InlineData("update attempts set node = 'node-2'", "row 1 of the table attempts in ")]
    public void Journal_should_notice_a_row_that_was_changed_behind_its_back(string change, string said)
    {
        using (var journal = SqliteJournal.Open(FilePath))
        {
            journal.Accept(Job(), Order());
            journal.Record([Ended(1, Done(0, 1, 2, 3), Dead(1)) with { Attempts = [Attempt(1, "thrown")] }]);
            journal.Learn(null, "integrate", "{}", new Choice(Technique.Threads, "pieces compute"));
            journal.Accept(Job(), Order());
            journal.End(new JobDetail(Job(2) with { State = JobState.Completed }, "{}", new Answer("1", "1"), [], []));
        }
        Behind(change);
        using var again = SqliteJournal.Open(FilePath);
        var error = Assert.Throws<UserError>(() =>
        {
            again.Unfinished();
            again.Replay(1, 0);
            again.Read(2);
            again.Read(1);
        });
        Assert.StartsWith(said, error.Message);
        Assert.Contains("damaged: its checksum is wrong", error.Message);
    }

    [Fact]
    public void Journal_should_change_no_row_that_is_damaged()
    {
        using var journal = SqliteJournal.Open(FilePath);
        journal.Accept(Job(), Order());
        Behind("update jobs set name = 'another'");
        var error = Assert.Throws<StoreException>(() => journal.Change(1, JobState.Paused, null, null));
        Assert.Equal(("SQLite Error 19: 'the row is damaged: its checksum is wrong'.", false), (error.Message, error.MayPass));
        Assert.Throws<UserError>(() => journal.Read(1));
    }

    [Fact]
    public void What_was_learned_should_be_forgotten_when_its_row_is_damaged()
    {
        using var journal = SqliteJournal.Open(FilePath);
        journal.Learn(null, "integrate", "{}", new Choice(Technique.Threads, "pieces compute"));
        Behind("update learned set by = 'async'");
        Assert.Null(journal.Learned("integrate", "{}"));
    }

    [Fact]
    public void Job_whose_state_is_damaged_should_not_be_left_out()
    {
        using (var journal = SqliteJournal.Open(FilePath))
            journal.Accept(Job(), Order());
        Behind("update jobs set state = 'abcepted'");
        using var again = SqliteJournal.Open(FilePath);
        Assert.Throws<UserError>(() => again.Unfinished());
    }

    [Fact]
    public void Journal_should_refuse_a_file_with_a_damaged_page_and_leave_it_as_it_is()
    {
        using (var journal = SqliteJournal.Open(FilePath))
            for (var i = 0; i < 200; i++)
                journal.Accept(Job(), Order($"\"{new string('x', 500)}\""));
        var bytes = File.ReadAllBytes(FilePath);
        bytes.AsSpan(4096 * 3, 4096).Fill(0xA5);
        File.WriteAllBytes(FilePath, bytes);
        var error = Assert.Throws<UserError>(() => SqliteJournal.Open(FilePath));
        Assert.Contains("is damaged", error.Message);
        Assert.Equal(bytes, File.ReadAllBytes(FilePath));
    }

    [Fact]
    public void Journal_of_version_1_should_be_taken_over()
    {
        using (var connection = new SqliteConnection($"Data Source={FilePath};Pooling=false"))
        {
            connection.Open();
            using var command = connection.CreateCommand();
            command.CommandText = """
                create table jobs (
                  job integer primary key autoincrement, kind text not null, by text not null, state text not null, name text,
                  priority text not null, accepted_at text not null, arguments text not null, total integer, done integer not null,
                  dead integer not null, retried integer not null, seconds real not null, workers integer not null,
                  reason text, answer text, text text, failures text) strict;
                insert into jobs (kind, by, state, priority, accepted_at, arguments, done, dead, retried, seconds, workers)
                  values ('practice', 'threads', 'running', 'normal', '2026-01-02T03:04:05Z', '{}', 0, 0, 0, 0, 0);
                pragma user_version = 1;
                """;
            command.ExecuteNonQuery();
        }
        using var journal = SqliteJournal.Open(FilePath);
        Assert.Equal(
            (JobState.Failed, "its host ended while the job ran"),
            (journal.Read(1)!.Summary.State, journal.Read(1)!.Summary.Reason)
        );
        Assert.Equal(2, journal.Accept(Job(), Order()));
        Assert.Equal(2, journal.Unfinished().Single().Summary.Job);
    }

    private const string Before4 =
        "alter table jobs drop column hosted; alter table jobs drop column begun_at; alter table jobs drop column profile; pragma "
        + "user_version = 3;";

    private const string Before3 =
        "alter table jobs drop column stale; alter table jobs drop column deaths; alter table jobs drop column died_at; alter table "
        + "jobs drop column because; drop table attempts; drop table learned; pragma user_version = 2;";

    private void OnFile(string sql)
    {
        using var connection = new SqliteConnection($"Data Source={FilePath};Pooling=false");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    [Theory]
    [InlineData(Before4)]
    [InlineData(Before4 + Before3)]
    public void Journal_of_an_older_version_should_be_taken_over_with_its_jobs(string older)
    {
        using (var journal = SqliteJournal.Open(FilePath))
        {
            journal.Accept(Job(), Order());
            journal.Record([Ended(1, Done(0, 1, 2))]);
        }
        OnFile(older);
        using var again = SqliteJournal.Open(FilePath);
        Assert.Equal((1, Time), (again.Unfinished().Single() is var job ? job.Summary.Job : 0, job.BegunAt));
        Assert.Equal("0:1:0:0102", Text(again.Replay(1, 0).Done));
        Assert.Equal(0, again.TakeOver(1, goesOn: true));
        again.End(new JobDetail(Job(1) with { State = JobState.Completed }, "{}", null, [], []));
    }

    [Fact]
    public void Journal_that_can_not_be_taken_over_should_stay_of_its_version()
    {
        SqliteJournal.Open(FilePath).Dispose();
        OnFile(Before4 + "drop table records; create table records (x int);");
        Assert.Contains("journal.db can't be used", Assert.Throws<UserError>(() => SqliteJournal.Open(FilePath)).Message);
        using var connection = new SqliteConnection($"Data Source={FilePath};Pooling=false");
        connection.Open();
        using var column = connection.CreateCommand();
        column.CommandText = "select count(*) from pragma_table_info('jobs') where name = 'hosted'";
        Assert.Equal(0L, column.ExecuteScalar());
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
        Assert.Contains("version 99", Assert.Throws<UserError>(() => SqliteJournal.Open(FilePath)).Message);
    }

    [Fact]
    public void Journal_should_refuse_a_damaged_file_and_leave_it_as_it_is()
    {
        var garbage = new byte[4096];
        Array.Fill(garbage, (byte)'x');
        File.WriteAllBytes(FilePath, garbage);
        var error = Assert.Throws<UserError>(() => SqliteJournal.Open(FilePath));
        Assert.Equal(ExitCode.Refused, error.ExitCode);
        Assert.Equal(garbage, File.ReadAllBytes(FilePath));
    }
}
