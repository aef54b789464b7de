namespace Mailroom.Journal.Sqlite.Migrations;

/// <summary>Answers have notices, and a job says what its pieces are like.</summary>
internal static class To5
{
    public static void Apply(Database database)
    {
        database.AddColumn("jobs", "notices", "text");
        database.AddColumn("jobs", "profile", "text");
    }
}
