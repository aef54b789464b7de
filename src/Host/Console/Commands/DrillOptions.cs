using Mailroom.Input;
using Mailroom.Kinds;

namespace Mailroom.Host.Console.Commands;

/// <summary>What <c>drill</c> takes: with fewer pieces all are done before there is time for a fault.</summary>
internal sealed record DrillOptions(
    [property: Option("pieces of the drill's job, each 1 ms of work"), From(1_000, 10_000_000)] int Pieces = 10_000
);
