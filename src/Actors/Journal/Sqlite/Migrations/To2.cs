namespace Mailroom.Journal.Sqlite.Migrations;

/// <summary>
/// A job that has not ended can be gone on with; one of an earlier journal can't, because it does not say what was asked.
/// </summary>
internal static class To2
{
    public static void Apply(Database database)
    {
        database.AddColumn("jobs", "request", "text");
        database.AddColumn("jobs", "kind_version", "text not null default ''");
        database.AddColumn("jobs", "split_workers", "integer not null default 1");
        database.AddColumn("jobs", "checksum", "integer not null default 0");
        database.Execute(
            "update jobs set state = 'failed', reason = 'its host ended while the job ran' where state in ('accepted', 'running')"
        );
    }
}
