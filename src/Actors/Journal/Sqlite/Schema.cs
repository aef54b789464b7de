using Mailroom.Input;
using Mailroom.Journal.Sqlite.Migrations;

namespace Mailroom.Journal.Sqlite;

/// <summary>The tables of a journal, and how those of earlier versions become them. docs/journal.md explains each column.</summary>
internal static class Schema
{
    // Each makes a file of the version that its name says of one of the version before.
    private static readonly Action<Database>[] Migrations = [To2.Apply, To3.Apply, To4.Apply, To5.Apply, To6.Apply, To7.Apply];

    private const string Tables = """
        create table if not exists jobs (
          job integer primary key autoincrement, kind text not null, by text not null, state text not null, name text,
          priority text not null, accepted_at text not null, request text, arguments text not null,
          kind_version text not null default '', split_workers integer not null default 1, checksum integer not null default 0,
          total integer, done integer not null, dead integer not null, retried integer not null, stale integer not null default 0,
          seconds real not null, workers integer not null, reason text, answer text, text text, notices text,
          exact integer not null default 0, file text, request_id text, failures text, deaths integer not null default 0,
          died_at integer not null default -1, because text, hosted integer not null default 0, begun_at text, profile text,
          seal integer not null default 0) strict;
        create table if not exists learned (
          kind text not null, arguments text not null, by text not null, because text not null,
          seal integer not null default 0, primary key (kind, arguments)) strict;
        create table if not exists records (
          id integer primary key autoincrement, job integer not null, pieces integer not null, checksum integer not null,
          form integer not null default 0, seal integer not null default 0, data blob not null) strict;
        create table if not exists dead (
          job integer not null, piece integer not null, attempts integer not null, crashes integer not null, reason text not null,
          node text not null, detail text, result blob,
          seal integer not null default 0, primary key (job, piece)) strict;
        create table if not exists attempts (
          id integer primary key autoincrement, job integer not null, piece integer not null, attempt integer not null,
          crashed integer not null, at text not null, node text not null, worker text not null, seconds real not null,
          reason text not null, detail text, forgiven integer not null default 0, seal integer not null default 0) strict;
        """;

    private const string Indexes = """
        create unique index if not exists jobs_by_request on jobs (request_id) where request_id is not null;
        create index if not exists records_of_job on records (job);
        create index if not exists attempts_of_job on attempts (job);
        """;

    public static int Version => Migrations.Length + 1;

    /// <summary>Brings a file to this version; it is of one version or of the other, never between.</summary>
    /// <param name="found">its version; 0 for a new file</param>
    public static void Update(Database database, int found) =>
        database.Commit(() =>
        {
            database.Execute(Tables);
            for (var version = found; version > 0 && version < Version; version++)
                Migrations[version - 1](database);
            database.Execute($"{Indexes} pragma user_version = {Version}");
        });

    /// <summary>Adds a column to a table that lacks it.</summary>
    public static void AddColumn(this Database database, string table, string name, string type)
    {
        if (database.Number("select count(*) from pragma_table_info($table) where name = $name", ("$table", table), ("$name", name)) == 0)
            database.Execute($"alter table {table} add column {name} {type}");
    }

    /// <exception cref="UserError">a newer mailroom wrote the file</exception>
    public static int VersionOf(Database database, string path)
    {
        var found = database.Number("pragma user_version");
        return found <= Version
            ? found
            : throw new UserError(
                $"the journal {path} has version {found}, but this mailroom knows versions up to {Version}; use a newer mailroom or "
                    + "another folder with --state",
                ExitCode.Refused
            );
    }
}
