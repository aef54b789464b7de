namespace Mailroom.Journal;

/// <summary>How much every store gives back at once.</summary>
internal static class StoreLimits
{
    /// <summary>Bytes of records in one answer, about.</summary>
    public const int ReplayBytes = 1024 * 1024;

    /// <summary>The last attempts that failed.</summary>
    public const int Attempts = 100;

    /// <summary>The first dead pieces.</summary>
    public const int Failures = 1_000;
}
