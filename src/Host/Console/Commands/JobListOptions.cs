using Mailroom.Input;
using Mailroom.Kinds;

namespace Mailroom.Host.Console.Commands;

/// <summary>What <c>jobs</c> takes when it lists.</summary>
internal sealed record JobListOptions(
    [property: Positional("only jobs that fit: state:failed, kind:fetch, by:async, or text in name, kind or reason")]
        IReadOnlyList<string>? Filter = null,
    [property: Option("only so many, the newest", Aliases = ["-n"]), From(1, 1_000_000)] int? Lines = null
);
