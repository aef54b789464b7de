using System.Collections;
using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using Mailroom.Kinds;

namespace Mailroom.Batches;

/// <summary>
/// What became of attempts that one worker made: those that are done in one batch, which is nearly all of them, and each
/// of the others by itself.
/// </summary>
/// <param name="done">with their results</param>
/// <param name="seconds">for which those that are done ran, together</param>
[CollectionBuilder(typeof(Ends), nameof(Of))]
public sealed class Ends(Batch done, double seconds, ImmutableArray<Outcome> others) : IReadOnlyList<Outcome>
{
    public static Ends None { get; } = new(Batch.Empty, 0, []);

    public Batch Done => done;

    /// <summary>For which those that are done ran, together.</summary>
    public double DoneSeconds => seconds;

    /// <summary>Those that are not done; and what is, but whose result is still under way in parts.</summary>
    public ImmutableArray<Outcome> Others => others;

    /// <summary>What those that are done cost, in their order, where that was measured; it does not travel.</summary>
    internal ImmutableArray<Cost> Costs { get; init; } = [];

    public int Count => done.Count + others.Length;

    /// <summary>For which all of them ran, together.</summary>
    public double Seconds => others.IsEmpty ? seconds : seconds + others.Sum(outcome => outcome.Seconds);

    /// <summary>One of them; of one that is done the seconds are the mean.</summary>
    public Outcome this[int at] =>
        at < done.Count
            ? Outcome.Done(
                new Piece(done.Index(at), done.Attempt(at), done.Crashes(at), Payload.None),
                done.Payload(at),
                seconds / done.Count
            )
            : others[at - done.Count];

    public static Ends Of(params ReadOnlySpan<Outcome> outcomes)
    {
        var (done, seconds) = (new List<Batch>(), 0.0);
        var others = ImmutableArray.CreateBuilder<Outcome>();
        foreach (var outcome in outcomes)
        {
            if (outcome is { How: How.Done, Result: { } result, Parts: 0 })
            {
                done.Add(Batch.One(outcome.Piece with { Payload = result }));
                seconds += outcome.Seconds;
            }
            else
                others.Add(outcome);
        }
        return new Ends(done.Count == 0 ? Batch.Empty : Batch.Join(done), seconds, others.DrainToImmutable());
    }

    /// <summary>The same that are done, and of these others those that are done after all.</summary>
    internal Ends With(ImmutableArray<Outcome> outcomes)
    {
        var more = Of(outcomes.AsSpan());
        return more.Done.Count == 0
            ? new Ends(done, seconds, outcomes)
            : new Ends(Batch.Join([done, more.Done]), seconds + more.DoneSeconds, more.Others);
    }

    /// <summary>The same for all pieces of a batch.</summary>
    internal static Ends Each(Batch pieces, Func<Piece, Outcome> outcome) => new(Batch.Empty, 0, [.. pieces.Select(outcome)]);

    public IEnumerator<Outcome> GetEnumerator()
    {
        for (var at = 0; at < Count; at++)
            yield return this[at];
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
