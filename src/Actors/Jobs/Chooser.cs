using System.Collections.Immutable;
using Mailroom.Advice;
using Mailroom.Batches;
using Mailroom.Client;
using Mailroom.Input;
using Mailroom.Inspection;
using Mailroom.Kinds;
using Mailroom.Model;
using Mailroom.Techniques;

namespace Mailroom.Jobs;

/// <summary>What a job's pieces are like, as long as they are measured, and the technique that had better run them.</summary>
internal sealed class Chooser
{
    // Where nobody knows how many pieces there are, many are assumed.
    private const int Many = 10_000;

    // So often is its technique looked for; a job whose pieces change for ever is left as it is.
    private const int MostLooks = 3;

    // Seconds that a job takes by threads, of which it is looked for a part whether they wait for locks.
    private const double LongEnough = 2;

    // Adds up as long as pieces are measured; what it has found in the end is the profile.
    private Measurement? _measurement;
    private Profile? _profile;
    private Probe? _probe;
    private Cost? _awaited;
    private LockLook? _locks;
    private SecondLook? _secondLook;
    private int _looks;
    private string? _why;
    private readonly IWork _work;
    private readonly ImmutableDictionary<Technique, JobDesk.PoolSeat>? _seats;
    private readonly int? _mostWorkers;
    private readonly bool _looksForLocks;
    private double _splitSeconds;

    /// <param name="seats">the pools that may be chosen, or null where the technique is fixed</param>
    /// <param name="workers">threads that its pieces are measured on, where it is only measured</param>
    /// <param name="looksForLocks">see <see cref="JobDesk.Settings.LooksForLocks"/></param>
    public Chooser(
        IWork work,
        ImmutableDictionary<Technique, JobDesk.PoolSeat>? seats,
        bool isMeasured,
        int workers,
        int? mostWorkers,
        bool looksForLocks
    )
    {
        (_work, _seats, _mostWorkers, _looksForLocks) = (work, seats, mostWorkers, looksForLocks);
        if (seats is not null)
            Look(seats);
        else if (isMeasured)
        {
            _measurement = new Measurement(workers);
            _locks = looksForLocks ? new LockLook(_measurement) : null;
        }
    }

    private void Look(ImmutableDictionary<Technique, JobDesk.PoolSeat> seats)
    {
        (_awaited, _looks) = (null, _looks + 1);
        _measurement = new Measurement(WorkersOf(Technique.Threads));
        var inFlight = seats.Values.Max(seat => seat.Width > 1 ? seat.Workers * seat.Width : 1);
        _probe = new Probe(
            _measurement,
            [.. _work.Kind.Techniques.Where(seats.ContainsKey)],
            technique => (WorkersOf(technique), seats[technique].Start),
            inFlight
        );

        int WorkersOf(Technique technique) => Math.Min(_mostWorkers ?? int.MaxValue, seats[technique].Workers);
    }

    /// <summary>Begins anew where its pieces are no longer what they were when it chose; they must run on threads again then.</summary>
    /// <param name="now">seconds, from anywhen</param>
    /// <param name="done">pieces of the job that have ended</param>
    /// <param name="total">of the job, if that is known</param>
    /// <returns>why, in the middle of a sentence; null where it does not</returns>
    public string? LookAgain(double now, int done, int? total)
    {
        if (_seats is null || _looks >= MostLooks || _secondLook?.Due(now, done, total) is not { } why)
            return null;
        (_secondLook, _profile, _why) = (null, null, why);
        Look(_seats);
        return why;
    }

    /// <summary>How fast pieces come says nothing just now.</summary>
    public void Pass() => _secondLook?.Pass();

    public bool IsMeasuring => _measurement is not null;

    /// <summary>Whether it is still to choose, and has seen enough for that.</summary>
    public bool CanChoose => _probe is { IsDone: true } && _locks is not { HasSeen: false };

    public void Split(double seconds) => _splitSeconds = seconds;

    public void Fold(int results, double seconds) => _measurement?.AddFold(results, seconds);

    /// <param name="pieces">of the job, if that is known</param>
    public void Measure(ImmutableArray<Cost> costs, int? pieces)
    {
        foreach (var cost in costs)
            _measurement?.Add(cost.Seconds, cost.Cpu, cost.Held, cost.Pause, cost.Bytes, cost.Delayed);
        _secondLook?.Measure(costs);
        _locks?.Note();
        if (_probe is { IsDone: true } && _locks is null && MayContend(_measurement!, pieces ?? Many))
            _locks = new LockLook(_measurement!);
    }

    // Whether pieces wait for locks takes a while to find out: only where they wait and hold their thread, and where there is much to do.
    // That none has found a lock taken yet says nothing: on a busy machine one thread may have run all that was measured.
    private bool MayContend(Measurement measurement, int pieces) =>
        _looksForLocks
        && measurement.Profile(pieces, 0) is { } profile
        && profile.HeldSeconds - profile.CpuSeconds > profile.Seconds * 0.1
        && pieces * profile.Seconds / profile.Workers > LongEnough;

    /// <summary>A piece has let go of its thread.</summary>
    /// <returns>whether it is the first, and is to be watched for a while: how long it waits may take too long to find out</returns>
    public bool Await(Cost cost)
    {
        if (_probe is null)
            return false;
        var isFirst = _awaited is null;
        // The first of all runs code that is still being compiled; the cheapest tells more.
        if (_awaited is null || cost.Held < _awaited.Held)
            _awaited = cost;
        return isFirst;
    }

    /// <summary>Nothing has ended in the time for which the first that waits was watched.</summary>
    /// <returns>whether it can choose now</returns>
    public bool StillAwaits(TimeSpan watched)
    {
        if (_probe is not { HasSeen: false })
            return false;
        // The best guess of how much longer something takes that has taken so long already: as long again.
        _measurement!.Add(2 * watched.TotalSeconds, _awaited!.Cpu, _awaited.Held, _awaited.Pause, 0);
        return true;
    }

    /// <summary>Nothing is to be chosen any more.</summary>
    public void Stop()
    {
        (_probe, _secondLook) = (null, null);
        _locks?.Dispose();
        _locks = null;
    }

    /// <param name="pieces">of the job, if that is known</param>
    /// <param name="done">of these</param>
    public Choice Choose(int? pieces, int done)
    {
        var slowed = _measurement!.Slowed;
        (_profile, _measurement) = (Profile(pieces)!, null);
        var left = pieces is { } total ? Math.Max(1, total - done) : Many;
        var choice = _probe!.Choose(_profile with { Pieces = left });
        if (_why is not null)
            choice = choice with { Because = $"{choice.Because}; measured again after {Quantity.Of(done, "piece")}, because {_why}" };
        Stop();
        // Pieces on nodes stay there: what crashes, hangs or leaks does it where it harms nobody.
        _secondLook = Traits.Of(choice.By).Travels ? null : new SecondLook(_profile, left / choice.Seconds / slowed);
        return choice;
    }

    public Profile? Profile(int? pieces) => _profile ?? _measurement?.Profile(pieces ?? Many, _splitSeconds);
}
