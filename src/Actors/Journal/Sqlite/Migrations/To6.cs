namespace Mailroom.Journal.Sqlite.Migrations;

/// <summary>
/// Rows of records say in which form their pieces stand; answers may be exact, or in a file; requests have ids.
/// </summary>
internal static class To6
{
    public static void Apply(Database database)
    {
        database.AddColumn("records", "form", "integer not null default 0");
        database.AddColumn("jobs", "exact", "integer not null default 0");
        database.AddColumn("jobs", "file", "text");
        database.AddColumn("jobs", "request_id", "text");
    }
}
