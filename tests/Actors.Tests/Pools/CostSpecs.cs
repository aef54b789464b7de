using System.Text.Json.Nodes;
using Akka.Event;
using Mailroom.Batches;
using Mailroom.BuiltIn;
using Mailroom.Kinds;

namespace Mailroom.Pools;

/// <summary>What a piece costs the machinery itself, in bytes: a guard that needs no clock.</summary>
public class CostSpecs
{
    private const int Pieces = 1_000;

    private static readonly IWork Work = ((IKind)new Practice()).Bind(new JsonObject { ["count"] = Pieces }, "/");

    [Fact]
    public async Task Piece_should_cost_few_bytes_from_its_making_to_the_answer()
    {
        var (sources, hint) = (new List<PieceSource>(), new SplitHint(1, null));
        for (var run = 0; run < 3; run++)
            sources.Add((await Work.SplitAsync(hint, CancellationToken.None)).Pieces);
        Go(sources[0]);
        Go(sources[1]); // what is made once is made
        var before = GC.GetAllocatedBytesForCurrentThread();
        Go(sources[2]);
        var bytes = (double)(GC.GetAllocatedBytesForCurrentThread() - before) / Pieces;
        // Of these the context that a piece gets takes about 90; the rest are columns: of pieces and of results, twice, as values and as
        // bytes.
        Assert.InRange(bytes, 0, 140);
    }

    /// <summary>All steps of a batch by processes, on one thread: made, sent, run, reported, recorded, folded.</summary>
    private static void Go(PieceSource source)
    {
        var (pieces, indexes) = (Work.PieceWriter(encodes: true, Pieces), new Indexes());
        for (var index = 0; source.MoveNext(); index++)
        {
            source.Write(pieces);
            indexes.Add(index);
        }
        var batch = BatchForm.Read(BatchForm.Write(Batch.Of(indexes, pieces.Take())), Pieces);
        var run = new Runner.Run(new Worker.Lease(1, 1, batch), Work, null, default, default, default);
        var log = new PieceLog(NoLogger.Instance);
        var ends = Runner.Writer(run, new Worker.Limits(Way.ToNodes(1 << 20), 1 << 20));
        for (var at = 0; at < batch.Count; at++)
        {
            _ = Work.Run(batch.Values, batch.Place(at), ends.Results, Runner.Context(run, at, mayBlock: true, log, null));
            ends.Done(at, 1);
        }
        var done = BatchForm.Read(BatchForm.Write(ends.Take().Done), Pieces);
        var settled = new HeldPieces(batch).Settle(new Ends(done, 1, []));
        using var fold = Work.Fold();
        fold.Take(Work.Decode(settled.Done.OwnValues).Results!, 0, Pieces, areNew: true, areNext: true);
        Assert.Contains($"\"ran\":{Pieces}", fold.Finish().Json);
    }
}
