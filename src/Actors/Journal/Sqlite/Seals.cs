using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Mailroom.Input;

namespace Mailroom.Journal.Sqlite;

/// <summary>
/// A checksum in each row, over all its other columns, so that one which was damaged on the disk is told from one that was written.
/// SQLite itself checks no more than how its pages hang together.
/// </summary>
/// <remarks>
/// This connection's own triggers write it, so no statement need think of it, and other programs that look into the file meet no
/// function that they lack. A row of <c>records</c> may be long, and is sealed as it is inserted; its data has a checksum of its own.
/// </remarks>
internal static class Seals
{
    /// <summary>What a row of <c>records</c> is sealed by.</summary>
    private const string OfRecord = "seal(job, pieces, checksum, form)";

    // Those of versions up to 5 may be many gigabytes; their checksums must do.
    private const string OldRecord = "form = 0 and seal = 0";

    private static readonly string[] Whole = ["jobs", "dead", "attempts", "learned"];

    /// <summary>Makes the function <c>seal</c> known to a connection.</summary>
    public static void Install(Database database) => database.Connection.CreateFunction("seal", (object?[] values) => Of(values), true);

    /// <summary>
    /// From now on what this connection writes is sealed, and it changes no row that is damaged: that would seal the damage.
    /// </summary>
    public static void Watch(Database database)
    {
        foreach (var table in Whole)
        {
            var columns = Columns(database, table);
            var sealing = $"update {table} set seal = {Of(columns)} where rowid = new.rowid;";
            database.Execute(
                $"""
                create temp trigger check_{table} before update of {string.Join(", ", columns)} on main.{table}
                  when old.seal <> {Of(columns.Select(column => $"old.{column}"))}
                  begin select raise(abort, 'the row is damaged: its checksum is wrong'); end;
                create temp trigger seal_updated_{table} after update of {string.Join(", ", columns)} on main.{table} begin {sealing} end;
                create temp trigger seal_inserted_{table} after insert on main.{table} begin {sealing} end;
                """
            );
        }
    }

    /// <summary>Seals all rows as they are.</summary>
    public static void Renew(Database database)
    {
        foreach (var table in Whole)
            database.Execute($"update {table} set seal = {Of(Columns(database, table))}");
        database.Execute($"update records set seal = {OfRecord} where form <> 0");
    }

    /// <summary>What of a row says that it is as it was written, for a query.</summary>
    public static string Holds(Database database, string table) =>
        table == "records" ? $"(seal = {OfRecord} or {OldRecord})" : $"seal = {Of(Columns(database, table))}";

    /// <exception cref="UserError">one of these rows is not as it was written</exception>
    public static void Check(Database database, string place, string table, string where, params (string Name, object? Value)[] parameters)
    {
        var sql = $"select rowid from {table} where {where} and not {Holds(database, table)} limit 1";
        if (database.Scalar(sql, parameters) is long row)
            throw Damaged(place, table, row);
    }

    /// <summary>The error that says so.</summary>
    public static UserError Damaged(string place, string table, long row) =>
        new(
            $"row {row} of the table {table} in {place} is damaged: its checksum is wrong; nothing of the file is changed. "
                + $"Move the file away, or delete that row (sqlite3 journal.db 'delete from {table} where rowid = {row}')",
            ExitCode.Refused
        );

    private static string Of(IEnumerable<string> columns) => $"seal({string.Join(", ", columns)})";

    // In the order of their names, whatever the order in which versions have added them.
    private static List<string> Columns(Database database, string table) =>
        database.Rows(
            "select name from pragma_table_info($table) where name <> 'seal' order by name",
            row => row.GetString(0),
            ("$table", table)
        );

    // The first eight bytes of the SHA-256 of all values, each behind its type and length.
    private static long Of(object?[] values)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Span<byte> head = stackalloc byte[1 + sizeof(long)];
        foreach (var value in values)
        {
            var (type, number, bytes) = value switch
            {
                long whole => ('i', whole, []),
                double real => ('r', BitConverter.DoubleToInt64Bits(real), []),
                string text => Long('t', Encoding.UTF8.GetBytes(text)),
                byte[] blob => Long('b', blob),
                _ => ('n', 0L, Array.Empty<byte>()),
            };
            head[0] = (byte)type;
            BinaryPrimitives.WriteInt64LittleEndian(head[1..], number);
            hash.AppendData(head);
            hash.AppendData(bytes);
        }
        return BitConverter.ToInt64(hash.GetHashAndReset());

        static (char Type, long Number, byte[] Bytes) Long(char type, byte[] bytes) => (type, bytes.Length, bytes);
    }
}
