namespace Mailroom.Client;

/// <summary>How much of the workers a job gets beside others.</summary>
public enum Priority
{
    Low,
    Normal,
    High,
}
