namespace Mailroom.Journal.Sqlite.Migrations;

/// <summary>Late outcomes and the deaths of hosts are counted.</summary>
internal static class To3
{
    public static void Apply(Database database)
    {
        database.AddColumn("jobs", "stale", "integer not null default 0");
        database.AddColumn("jobs", "deaths", "integer not null default 0");
        database.AddColumn("jobs", "died_at", "integer not null default -1");
    }
}
