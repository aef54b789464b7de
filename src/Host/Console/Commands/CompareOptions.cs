using Mailroom.Client;
using Mailroom.Host.Comparison.Peers;
using Mailroom.Input;
using Mailroom.Jobs;
using Mailroom.Kinds;

namespace Mailroom.Host.Console.Commands;

/// <summary>What <c>compare</c> takes beside the kind's own arguments.</summary>
internal sealed record CompareOptions(
    [property: Option("how often each is run"), From(1, 100)] int Runs = 3,
    [property: Option("threads, and processes; as many as cores by default"), From(1, CompareOptions.MaxWorkers)] int? Workers = null,
    [property: Option("cut the job into so many pieces"), From(1, JobRequest.MaxPieces)] int? Pieces = null,
    [property: Option("estimate the time by so many workers too", Value = "1,2,4")] string? Predict = null,
    [property: Option("measure Python's own threads, processes and asyncio too, where it is installed")] Peer? With = null,
    [property: Option("write a page with charts into this file"), Path] string? Report = null
)
{
    public const int MaxWorkers = 64;
}

/// <summary>What the plain loop of a comparison takes.</summary>
internal sealed record PlainOptions(
    [property: Option("as many as its pieces are cut for"), From(1, CompareOptions.MaxWorkers)] int Workers = 1
);
