using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Diagnostics;
using System.Runtime.CompilerServices;
using Akka.Actor;

namespace Mailroom.Inspection;

/// <summary>The living user actors of one ActorSystem with their mailboxes; kept by the mailboxes themselves.</summary>
public sealed class Roster
{
    private static readonly ConditionalWeakTable<ActorSystem, Roster> OfSystem = [];

    private readonly ConcurrentDictionary<ActorPath, Entry> _entries = new();

    public static Roster Of(ActorSystem system) => OfSystem.GetValue(system, static _ => new Roster());

    /// <summary>Where an actor writes what it is doing.</summary>
    public ActorStatus StatusOf(IActorRef actor) => _entries.TryGetValue(actor.Path, out var entry) ? entry.Status : new ActorStatus();

    public ImmutableArray<ActorReport> Report(string node) =>
        [.. _entries.Values.Select(entry => entry.Report(node)).OrderBy(report => report.Path, StringComparer.Ordinal)];

    internal Entry? Enter(IActorRef? owner, MeteredQueue queue)
    {
        if (owner is null || owner.Path.Elements.Count < 2 || owner.Path.Elements[0] != "user")
            return null;
        return _entries[owner.Path] = new Entry(owner.Path.ToStringWithoutAddress(), queue);
    }

    internal void Leave(IActorRef owner) => _entries.TryRemove(owner.Path, out _);

    internal sealed class Entry(string path, MeteredQueue queue)
    {
        private readonly Lock _gate = new();
        private long _sampledAt = Stopwatch.GetTimestamp();
        private long _sampled;
        private double _rate;

        public ActorStatus Status { get; } = new();

        public ActorReport Report(string node)
        {
            var piece = Status.Piece;
            return new ActorReport(
                node,
                path,
                Status.State,
                queue.Count,
                queue.Oldest.TotalSeconds,
                queue.Handled,
                Rate(),
                Status.Job is > 0 and var job ? job : null,
                piece >= 0 ? piece : null
            );
        }

        private double Rate()
        {
            lock (_gate)
            {
                var seconds = Stopwatch.GetElapsedTime(_sampledAt).TotalSeconds;
                if (seconds < 1)
                    return _rate;
                var handled = queue.Handled;
                _rate = (handled - _sampled) / seconds;
                (_sampled, _sampledAt) = (handled, Stopwatch.GetTimestamp());
                return _rate;
            }
        }
    }
}
