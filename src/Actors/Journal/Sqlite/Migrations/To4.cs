namespace Mailroom.Journal.Sqlite.Migrations;

/// <summary>It is known whether a host runs a job, since when, and why by this technique.</summary>
internal static class To4
{
    public static void Apply(Database database)
    {
        database.AddColumn("jobs", "hosted", "integer not null default 0");
        database.AddColumn("jobs", "begun_at", "text");
        database.AddColumn("jobs", "because", "text");
    }
}
