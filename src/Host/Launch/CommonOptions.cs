namespace Mailroom.Host.Launch;

/// <summary>The options that every command takes.</summary>
internal sealed record CommonOptions(
    bool Json,
    string? State,
    IReadOnlyList<string> Hocon,
    IReadOnlyList<string> Sets,
    IReadOnlyList<string> Kinds,
    bool Debug
);
