using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging.Abstractions;

namespace Mailroom.Kinds;

/// <summary>Runs a kind as a plain loop, without any actor: what every technique must agree with.</summary>
internal static class KindRun
{
    public static async Task<string> AnswerAsync(
        IKind kind,
        JsonObject arguments,
        int? pieces = null,
        bool reversed = false,
        int workers = 1
    ) => (await RunAsync(kind, arguments, pieces, reversed, workers)).Json;

    /// <summary>What people are told beside the answer.</summary>
    public static async Task<IReadOnlyList<string>> NoticesAsync(IKind kind, JsonObject arguments) =>
        (await RunAsync(kind, arguments)).Notices ?? [];

    public static async Task<Answer> RunAsync(IKind kind, JsonObject arguments, int? pieces = null, bool reversed = false, int workers = 1)
    {
        var work = kind.Bind(arguments, Directory.GetCurrentDirectory());
        var list = (await work.SplitAsync(new SplitHint(workers, pieces), CancellationToken.None)).Pieces.ToList();
        var results = new object[list.Count];
        foreach (var i in reversed ? Enumerable.Range(0, list.Count).Reverse() : Enumerable.Range(0, list.Count))
            results[i] = await RunAsync(work, list[i], i);
        var fold = work.Fold();
        foreach (var result in results)
            fold.Add(result);
        return fold.Finish();
    }

    public static ValueTask<object> RunAsync(IWork work, object piece, int index = 0) =>
        work.RunAsync(piece, new PieceContext(1, index, 1, true, NullLogger.Instance, CancellationToken.None));
}
