namespace Mailroom.Client;

/// <summary>Where a job stands. docs/architecture.md has the diagram.</summary>
public enum JobState
{
    Accepted,
    Running,
    Paused,
    Completed,
    Failed,
    Cancelled,
}
