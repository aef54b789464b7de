namespace Mailroom.Journal.Sqlite.Migrations;

/// <summary>Rows are sealed; see <see cref="Seals"/>.</summary>
internal static class To7
{
    private static readonly string[] Tables = ["jobs", "learned", "records", "dead", "attempts"];

    public static void Apply(Database database)
    {
        foreach (var table in Tables)
            database.AddColumn(table, "seal", "integer not null default 0");
        Seals.Renew(database);
    }
}
