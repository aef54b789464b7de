using System.Text.Json.Nodes;

namespace Mailroom.Kinds;

/// <summary>
/// A kind as the framework sees it, whatever its types are; <see cref="JobKind{TArgs,TPiece,TResult,TAnswer}"/> is what users write.
/// </summary>
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

    FileUse Files { get; }

    Codec PieceCodec { get; }

    Codec ResultCodec { get; }

    /// <summary>Whether its code is a user's own, and not Mailroom's.</summary>
    bool IsForeign { get; }

    /// <summary>The pieces, lazily, and how many there will be where that is known beforehand.</summary>
    ValueTask<(PieceSource Pieces, int? Total)> SplitAsync(SplitHint hint, CancellationToken cancellation);

    /// <summary>What pieces are written with.</summary>
    /// <param name="encodes">whether they may go to another process</param>
    /// <param name="count">how many there will be, about</param>
    ValuesWriter PieceWriter(bool encodes, int count);

    /// <summary>What results are written with.</summary>
    /// <param name="keeps">whether they are wanted in this process</param>
    /// <param name="most">bytes of one result</param>
    /// <param name="count">how many there will be, about</param>
    ValuesWriter ResultWriter(bool keeps, int most, int count);

    /// <summary>Runs one piece.</summary>
    /// <returns>null when it has ended, and its result is written; otherwise what gives the result</returns>
    Task<object>? Run(Values pieces, int at, ValuesWriter results, PieceContext context);

    /// <summary>Runs one piece alone.</summary>
    ValueTask<object> RunAsync(object piece, PieceContext context);

    /// <summary>Decodes results that came as bytes, and keeps these beside them.</summary>
    /// <returns>the results, or the first that can't be read, and why</returns>
    (Values? Results, int Bad, Exception? Why) Decode(Values results);

    IFold Fold();
}

/// <summary>The pieces of a job, made one after the other.</summary>
public abstract class PieceSource : IEnumerable<object>, IDisposable
{
    /// <summary>Makes the next piece; false when there is none.</summary>
    internal abstract bool MoveNext();

    /// <summary>Writes the piece that was made last.</summary>
    internal abstract void Write(ValuesWriter pieces);

    public abstract IEnumerator<object> GetEnumerator();

    System.Collections.IEnumerator System.Collections.IEnumerable.GetEnumerator() => GetEnumerator();

    public abstract void Dispose();
}

/// <summary>Takes results, in the order of their pieces if the kind wants that.</summary>
public interface IFold : IDisposable
{
    /// <summary>Told of each result as it comes, whatever the order, and before <see cref="Add"/>.</summary>
    void Ended(object result);

    void Add(object result);

    /// <summary>The same for results behind one another.</summary>
    /// <param name="areNew">they have just come, and <see cref="Ended"/> is to be told</param>
    /// <param name="areNext">they are to be added now</param>
    void Take(Values results, int from, int count, bool areNew, bool areNext);

    Answer Finish();
}

/// <summary>A job's answer, as JSON for programs and as text for people.</summary>
/// <param name="Notices">what people should know of it beside, as lines for stderr; null for nothing</param>
/// <param name="IsExact">whether the text is printed as it is, without a line's end of Mailroom's</param>
/// <param name="File">the file that holds the text instead, because it is too big for memory; else null</param>
public sealed record Answer(string Json, string Text, IReadOnlyList<string>? Notices = null, bool IsExact = false, string? File = null);
