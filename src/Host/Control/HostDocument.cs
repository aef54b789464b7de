namespace Mailroom.Host.Control;

/// <summary>A host that runs.</summary>
/// <param name="Version">of its program</param>
/// <param name="Address">where it listens for nodes</param>
internal sealed record HostDocument(string Version, int Pid, string Address);
