using Microsoft.Data.Sqlite;

namespace Mailroom.Journal.Sqlite;

/// <summary>One connection to a SQLite file. What SQLite throws comes as a <see cref="StoreException"/>.</summary>
internal sealed class Database(SqliteConnection connection) : IDisposable
{
    public SqliteConnection Connection => connection;

    public static Database Open(string path)
    {
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = path, Pooling = false }.ToString());
        try
        {
            connection.Open();
            return new Database(connection);
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <summary>Runs statements, all of them or none.</summary>
    public void Commit(Action statements) =>
        Guard(() =>
        {
            using var transaction = connection.BeginTransaction();
            statements();
            transaction.Commit();
            return 0;
        });

    /// <summary>Runs one statement or several.</summary>
    public void Execute(string sql, params (string Name, object? Value)[] parameters) =>
        Guard(() =>
        {
            using var command = Command(sql, parameters);
            using var row = command.ExecuteReader();
            while (row.NextResult())
            {
                // To the last statement: those behind one that has a result, as some changes of tables do, would run when the
                // reader is disposed, where their errors are swallowed.
            }
            return 0;
        });

    /// <summary>Runs one statement for each of several rows, compiled once.</summary>
    public void ExecuteEach(string sql, IEnumerable<(string Name, object? Value)[]> rows) =>
        Guard(() =>
        {
            using var command = Command(sql, []);
            foreach (var row in rows)
            {
                command.Parameters.Clear();
                Add(command, row);
                command.ExecuteNonQuery();
            }
            return 0;
        });

    /// <summary>The first column of the first row, or null.</summary>
    public object? Scalar(string sql, params (string Name, object? Value)[] parameters) =>
        Guard(() =>
        {
            using var command = Command(sql, parameters);
            return command.ExecuteScalar();
        });

    public int Number(string sql, params (string Name, object? Value)[] parameters) =>
        Convert.ToInt32(Scalar(sql, parameters), System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>All rows.</summary>
    public List<T> Rows<T>(string sql, Func<SqliteDataReader, T> read, params (string Name, object? Value)[] parameters)
    {
        var rows = new List<T>();
        ReadWhile(
            sql,
            row =>
            {
                rows.Add(read(row));
                return true;
            },
            parameters
        );
        return rows;
    }

    /// <summary>Hands rows over as long as more are wanted.</summary>
    /// <returns>whether that were all</returns>
    public bool ReadWhile(string sql, Func<SqliteDataReader, bool> take, params (string Name, object? Value)[] parameters) =>
        Guard(() =>
        {
            using var command = Command(sql, parameters);
            using var row = command.ExecuteReader();
            while (row.Read())
                if (!take(row))
                    return false;
            return true;
        });

    public void Dispose() => connection.Dispose();

    private SqliteCommand Command(string sql, (string Name, object? Value)[] parameters)
    {
        var command = connection.CreateCommand();
        command.CommandText = sql;
        Add(command, parameters);
        return command;
    }

    private static void Add(SqliteCommand command, (string Name, object? Value)[] parameters)
    {
        foreach (var (name, value) in parameters)
            command.Parameters.AddWithValue(name, value ?? DBNull.Value);
    }

    private static T Guard<T>(Func<T> statements)
    {
        try
        {
            return statements();
        }
        catch (SqliteException error)
        {
            throw new StoreException(error.Message, MayPass(error), error);
        }
    }

    /// <summary>All errors are of the disk or the file, and may pass, but those that are of the row itself.</summary>
    private static bool MayPass(SqliteException error)
    {
        const int tooBig = 18,
            constraint = 19,
            mismatch = 20,
            range = 25,
            constraintOfCommitHook = 531;
        return error.SqliteErrorCode is not (tooBig or constraint or mismatch or range)
            || error.SqliteExtendedErrorCode == constraintOfCommitHook;
    }
}
