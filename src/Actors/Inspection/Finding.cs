namespace Mailroom.Inspection;

/// <summary>What a doctor has found.</summary>
/// <param name="Check">what was looked at, in a word</param>
/// <param name="Says">how it is, and where it is not well what to do; a line</param>
public sealed record Finding(string Check, bool IsWell, string Says)
{
    /// <summary>As people read it.</summary>
    public override string ToString() => $"{(IsWell ? "ok   " : "WRONG")}  {Check}: {Says}";
}
