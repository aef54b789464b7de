using System.Text.Json.Nodes;

namespace Mailroom.Kinds;

/// <summary>A kind as the framework sees it, whatever its types are; <see cref="JobKind{TArgs,TPiece,TResult,TAnswer}"/> is what users write.</summary>
public interface IKind
{
    string Name { get; }

    string Summary { get; }

    bool NeedsEveryPiece { get; }

    bool OrderMatters { get; }

    bool RunsPrograms { get; }

    int? Attempts { get; }

    IReadOnlyList<Technique> Techniques { get; }

    Technique Preferred { get; }

    string Because { get; }

    IReadOnlyList<KindArgument> Arguments { get; }

    IReadOnlyDictionary<string, string> Elsewhere { get; }

    /// <summary>Reads what a user gave: values by argument name, as text, lists of text or JSON values.</summary>
    /// <exception cref="Input.UserError">an argument is unknown, missing or wrong</exception>
    IWork Bind(JsonObject arguments, string directory);

    /// <summary>Reads what <see cref="IWork.ArgumentsJson"/> wrote, in another process or after a restart.</summary>
    IWork Open(string argumentsJson);
}

/// <summary>A kind bound to the arguments of one job.</summary>
public interface IWork
{
    IKind Kind { get; }

    string ArgumentsJson { get; }

    bool NeedsProcess { get; }

    Codec PieceCodec { get; }

    Codec ResultCodec { get; }

    /// <summary>The pieces, lazily, and how many there will be where that is known beforehand.</summary>
    ValueTask<(IEnumerable<object> Pieces, int? Total)> SplitAsync(SplitHint hint, CancellationToken cancellation);

    ValueTask<object> RunAsync(object piece, PieceContext context);

    IFold Fold();
}

/// <summary>Takes results, in the order of their pieces if the kind wants that.</summary>
public interface IFold : IDisposable
{
    /// <summary>Told of each result as it comes, whatever the order, and before <see cref="Add"/>.</summary>
    void Ended(object result);

    void Add(object result);

    Answer Finish();
}

/// <summary>A job's answer, as JSON for programs and as text for people.</summary>
/// <param name="Notices">what people should know of it beside, as lines for stderr; null for nothing</param>
/// <param name="IsExact">whether the text is printed as it is, without a line's end of Mailroom's</param>
/// <param name="File">the file that holds the text instead, because it is too big for memory; else null</param>
public sealed record Answer(string Json, string Text, IReadOnlyList<string>? Notices = null, bool IsExact = false, string? File = null);
