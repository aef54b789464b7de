using Mailroom.Input;
using Microsoft.Data.Sqlite;

namespace Mailroom.Journal.Sqlite;

/// <summary>The journal in a SQLite file. Any SQLite tool can read it meanwhile.</summary>
public sealed partial class SqliteJournal : IJournalStore
{
    private const long MaxCheckedBytes = 64 * 1024 * 1024; // a bigger one would take longer to check than to start

    private const string Damaged =
        "it is left as it is: move it away, or have SQLite's own tool save what can be saved (sqlite3 journal.db .recover)";

    private readonly Database _database;

    private SqliteJournal(Database database, string place) => (_database, Place) = (database, place);

    /// <summary>The path of the file.</summary>
    public string Place { get; }

    /// <summary>For specs that make SQLite itself fail.</summary>
    internal SqliteConnection Connection => _database.Connection;

    /// <exception cref="UserError">the file is damaged, read-only or of a newer version; it is left as it is</exception>
    public static SqliteJournal Open(string path)
    {
        Database? database = null;
        try
        {
            database = Database.Open(path);
            var journal = new SqliteJournal(database, path);
            journal.Prepare();
            return journal;
        }
        catch (Exception error)
        {
            database?.Dispose();
            if ((error as SqliteException ?? error.InnerException as SqliteException) is { } cause)
                throw Unusable(path, cause);
            throw;
        }
    }

    public void Dispose() => _database.Dispose();

    private void Prepare()
    {
        Seals.Install(_database);
        var found = Schema.VersionOf(_database, Place);
        if (File.Exists(Place) && new FileInfo(Place).Length < MaxCheckedBytes)
            Check();
        if (found == 0)
            _database.Execute("pragma auto_vacuum = incremental");
        _database.Execute("pragma journal_mode = wal; pragma synchronous = full;");
        if (found != Schema.Version)
            Schema.Update(_database, found);
        Seals.Watch(_database);
    }

    /// <summary>SQLite's own check of its pages and indexes; what it can't see, the seals do.</summary>
    private void Check()
    {
        if (_database.Scalar("pragma integrity_check(1)") is not "ok" and var damage)
            throw new UserError($"the journal {Place} is damaged: {Visible.Text($"{damage}")}; {Damaged}", ExitCode.Refused);
    }

    private static UserError Unusable(string path, SqliteException error)
    {
        const int readOnly = 8,
            full = 13,
            cantOpen = 14,
            corrupt = 11,
            notADatabase = 26;
        var what = error.SqliteErrorCode switch
        {
            readOnly or cantOpen => "it can't be written; make it and its folder writable",
            full => "the disk is full; make room",
            corrupt or notADatabase => $"it is damaged; {Damaged}",
            _ => "it is left as it is",
        };
        return new UserError(
            $"the journal {path} can't be used: {error.Message.TrimEnd('.')}; {what}, or choose another folder with --state",
            ExitCode.Refused,
            error
        );
    }
}
