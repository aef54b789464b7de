using Mailroom.Input;
using Mailroom.Kinds;

namespace Mailroom.Host.Console.Commands;

/// <summary>What <c>start</c> takes.</summary>
internal sealed record StartOptions(
    [property: Option("node processes to start, 0 for none; the setting mailroom.nodes.count by default"), From(0, 256)] int? Nodes = null,
    [property: Option("run as a service: one line when ready, SIGTERM drains")] bool NoPrompt = false,
    [property: Option("keep the journal in memory: nothing outlives the host")] bool Ephemeral = false
);
