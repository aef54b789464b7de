using Mailroom.Input;
using Mailroom.Kinds;
using Mailroom.Logs;

namespace Mailroom.Host.Console.Commands;

/// <summary>What <c>logs</c> takes.</summary>
internal sealed record LogOptions(
    [property: Positional("only this job's lines"), From(1, int.MaxValue)] int? Id = null,
    [property: Option("go on with new lines as they come", Aliases = ["-f"])] bool Follow = false,
    [property: Option("how many of the last lines", Aliases = ["-n"]), From(0, 1_000_000)] int Lines = 50,
    [property: Option("only lines that are so grave or graver", Value = "L")] Severity? Level = null,
    [property: Option("only this process: host or a node's name", Value = "N")] string? Node = null,
    [property: Option("only actors with this in their path", Value = "A")] string? Actor = null,
    [property: Option("only lines of the last D, such as 5m")] TimeSpan? Since = null,
    [property: Option("only lines with this text")] string? Search = null
);
