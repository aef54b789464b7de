using Akka.Actor;
using Akka.Event;
using Mailroom.Inspection;
using Mailroom.Logs;

namespace Mailroom.Nodes;

/// <inheritdoc cref="FarLogs"/>
internal sealed class FarLogsActor : ReceiveActor, IWithTimers
{
    // Who waits for the log is told after this time what there is.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    // A question that was not answered for so long is lost.
    private static readonly TimeSpan Lost = TimeSpan.FromSeconds(30);

    // What a message takes on its way is no difference between clocks.
    private static readonly TimeSpan Usual = TimeSpan.FromSeconds(0.1);

    // No clock is so wrong; one that says so tells nothing.
    private static readonly TimeSpan Farthest = TimeSpan.FromDays(366);

    // Of one answer after the other, each of some files: no node has so much more to tell.
    private const int MaxParts = 16_384;

    private readonly LogCopies _copies;
    private readonly string _node;
    private readonly TimeProvider _time;
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly ActorStatus _status = Roster.Of(Context.System).StatusOf(Context.Self);
    private readonly HashSet<IActorRef> _waiting = [];
    private TimeSpan _ahead;
    private int _parts;

    // When the question was asked that is not answered yet.
    private long? _asked;

    public FarLogsActor(string directory, string node, TimeProvider time)
    {
        (_copies, _node, _time) = (new LogCopies(directory, node), node, time);
        _status.State = "idle";
        Receive<FarLogs.Fetch>(_ => OnFetch());
        Receive<FarLogs.Told>(OnTold);
        Receive<Late>(_ => TellAll());
    }

    public ITimerScheduler Timers { get; set; } = null!;

    private void OnFetch()
    {
        if (!_waiting.Add(Sender) || _waiting.Count > 1)
            return;
        _parts = 0;
        _status.State = "fetching";
        Timers.StartSingleTimer(nameof(Late), new Late(), Patience);
        // One question at a time: a node that is slow to answer is not to find thousands of them.
        if (_asked is not { } asked || _time.GetElapsedTime(asked) > Lost)
            Want();
    }

    private void Want()
    {
        if (Of(() => _copies.Known) is not { } known)
        {
            TellAll();
            return;
        }
        _asked = _time.GetTimestamp();
        Context.Parent.Tell(new FarLogs.Want(known));
    }

    private void OnTold(FarLogs.Told told)
    {
        _asked = null;
        var isNew = told.Logs.Part is { } part && Of(() => _copies.TryAdd(part, Ahead(told)));
        if (_waiting.Count == 0)
            return; // who waited has gone on without it
        if (isNew && ++_parts < MaxParts)
        {
            Timers.StartSingleTimer(nameof(Late), new Late(), Patience);
            Want();
        }
        else
            TellAll();
    }

    /// <summary>What the files give, or the type's default where they can't be used.</summary>
    private T? Of<T>(Func<T> files)
    {
        try
        {
            return files();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            _log.Warning(Event.LogsNotKept, "of {Name}: {Reason}", _node, error.Message);
            return default;
        }
    }

    /// <summary>How far its clock is ahead; the same as before where it is about that, so that lines keep their order.</summary>
    private TimeSpan Ahead(FarLogs.Told told)
    {
        var ahead = told.Logs.Now + (told.RoundTrip / 2) - _time.GetUtcNow();
        if ((ahead - _ahead).Duration() > Usual)
            _ahead = ahead.Duration() < Farthest ? ahead : TimeSpan.Zero;
        return _ahead;
    }

    private void TellAll()
    {
        Timers.CancelAll();
        foreach (var waiting in _waiting)
            waiting.Tell(FarLogs.Fetched.Now);
        _waiting.Clear();
        _status.State = "idle";
    }

    private sealed record Late : ILocalMessage;
}
