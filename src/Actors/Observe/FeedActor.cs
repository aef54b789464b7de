using System.Collections.Immutable;
using Akka.Actor;
using Mailroom.Inspection;
using Mailroom.Jobs;
using Mailroom.Model;
using Mailroom.Nodes;

namespace Mailroom.Observe;

/// <inheritdoc cref="Feed"/>
internal sealed class FeedActor : ReceiveActor, IWithTimers
{
    private const int MaxForgotten = 256;

    private static readonly TimeSpan BeatEvery = TimeSpan.FromSeconds(1);

    private readonly Dictionary<int, (long Version, JobSummary Job)> _jobs = [];
    private readonly Dictionary<string, (long Version, NodeReport Node)> _nodes = [];

    // Nodes that are not listed any more, oldest first: whoever watches them has still to hear that they are gone.
    private readonly Queue<string> _forgotten = new();
    private readonly List<(IActorRef Watcher, Feed.Next Asked)> _waiting = [];
    private (long Version, ImmutableArray<ActorReport> Actors) _actors = (0, []);
    private long _version;
    private bool _isWatched;

    public FeedActor()
    {
        Receive<JobDesk.Changed>(OnJob);
        Receive<JobDesk.Forgotten>(forgotten => _jobs.Remove(forgotten.Job));
        Receive<Gate.Changed>(OnNode);
        Receive<Gate.Forgotten>(OnForgotten);
        Receive<Feed.Next>(OnNext);
        Receive<Beat>(_ => OnBeat());
    }

    public ITimerScheduler Timers { get; set; } = null!;

    private void OnJob(JobDesk.Changed changed)
    {
        _jobs[changed.Job.Job] = (++_version, changed.Job);
        Answer();
    }

    private void OnNode(Gate.Changed changed)
    {
        _nodes[changed.Node.Name] = (++_version, changed.Node);
        Answer();
    }

    private void OnForgotten(Gate.Forgotten forgotten)
    {
        _forgotten.Enqueue(forgotten.Name);
        // One of that name may be there again.
        if (_forgotten.Count > MaxForgotten && _forgotten.Dequeue() is var name && IsForgotten(name) && !_forgotten.Contains(name))
            _nodes.Remove(name);
    }

    private bool IsForgotten(string name) => _nodes.TryGetValue(name, out var entry) && entry.Node.State == NodeState.Gone;

    private void OnNext(Feed.Next asked)
    {
        _isWatched = true;
        if (!Timers.IsTimerActive(nameof(Beat)))
        {
            Look();
            Timers.StartPeriodicTimer(nameof(Beat), Beat.Now, BeatEvery);
        }
        if (Since(asked) is { IsEmpty: false } changes)
            Sender.Tell(changes);
        else
            _waiting.Add((Sender, asked));
    }

    /// <summary>Mailboxes change all the time: they are looked at now and then, and only while somebody wants to know.</summary>
    private void OnBeat()
    {
        if (!_isWatched)
        {
            Timers.Cancel(nameof(Beat));
            return;
        }
        _isWatched = false;
        Look();
        foreach (var (watcher, asked) in _waiting)
            watcher.Tell(Since(asked)); // also where nothing is new: one that has gone must not be kept for ever
        _waiting.Clear();
    }

    private void Look() => _actors = (++_version, Roster.Of(Context.System).Report("host"));

    private void Answer() =>
        _waiting.RemoveAll(waiting =>
        {
            if (Since(waiting.Asked) is not { IsEmpty: false } changes)
                return false;
            waiting.Watcher.Tell(changes);
            return true;
        });

    private Feed.Changes Since(Feed.Next asked)
    {
        return asked.Job is { } job
            ? new Feed.Changes(_version, _jobs.TryGetValue(job, out var one) && one.Version > asked.After ? [one.Job] : [], [], [])
            : new Feed.Changes(
                _version,
                [.. _jobs.Values.Where(entry => entry.Version > asked.After).Select(entry => entry.Job).OrderBy(entry => entry.Job)],
                [
                    .. _nodes
                        .Values.Where(entry => entry.Version > asked.After)
                        .Select(entry => entry.Node)
                        .Where(Told)
                        .OrderBy(node => node.Name),
                ],
                _actors.Version > asked.After ? _actors.Actors : []
            );

        // Who knows nothing yet is not told of what has long gone.
        bool Told(NodeReport node) => asked.After > 0 || node.State != NodeState.Gone || !_forgotten.Contains(node.Name);
    }

    private sealed record Beat : ILocalMessage
    {
        public static Beat Now { get; } = new();
    }
}
