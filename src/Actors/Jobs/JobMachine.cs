using System.Collections.Immutable;
using Mailroom.Batches;
using Mailroom.Client;
using Mailroom.Journal;
using Mailroom.Model;
using Mailroom.Pools;

namespace Mailroom.Jobs;

/// <summary>
/// The run of a job: told what has happened, it says what is to be done. It knows no actor, no clock and no chance: time
/// is in the wishes that it utters, and chance is given to it.
/// </summary>
/// <param name="rules">what the user and the settings say</param>
/// <param name="jitter">a share from 0 to 1 of a wait, new at each call</param>
/// <param name="resumes">whether pieces may be recorded already</param>
/// <param name="isPaused">it begins nothing until it is told to go on</param>
internal sealed partial class JobMachine(JobMachine.Rules rules, Func<double> jitter, bool resumes, bool isPaused)
{
    // Failed attempts that are noted in the journal, and how many of them with their stacks: a job all of whose pieces
    // fail must not fill the disk.
    private const int MaxNoted = 10_000;
    private const int MaxDetailed = 100;

    private readonly ImmutableArray<Effect>.Builder _effects = ImmutableArray.CreateBuilder<Effect>();
    private readonly Supply _supply = new();
    private readonly PieceSet _recorded = new();

    // Sent to the journal and not yet on the disk, by number.
    private readonly Dictionary<long, (Ends Ends, RanBy By, Pool.Receipt Receipt)> _unrecorded = [];
    private long _lastRecord;
    private int _noted;
    private bool _isStalled;
    private Cancellation? _cancellation;
    private (JobState State, string? Reason) _end;

    // Its pool has said that nothing of it runs, since it was last asked for that under this number.
    private bool _isQuiet;
    private long _holds;

    // Something of it still runs in the pool that it has left.
    private bool _hasLeft;

    /// <param name="Attempts">of a piece, and none more</param>
    /// <param name="MaxCrashes">a piece whose processes ended so often is dead</param>
    /// <param name="FirstDelay">upper bound of the wait before the second attempt; it doubles with each one</param>
    /// <param name="MaxDelay">upper bound of all waits</param>
    /// <param name="NeedsEveryPiece">the first dead piece ends the job</param>
    public sealed record Rules(int Attempts, int MaxCrashes, TimeSpan FirstDelay, TimeSpan MaxDelay, HaltRule? Halt, bool NeedsEveryPiece);

    public Stage Stage { get; private set; } = resumes ? Stage.Replaying : Stage.Splitting;

    public bool IsPaused { get; private set; } = isPaused;

    public Ledger Ledger { get; } = new();

    public int? Total => _supply.Total;

    /// <summary>The number of the last wish to be held.</summary>
    public long Holds => _holds;

    /// <summary>Whether a piece was recorded by an earlier host; asked from any thread once the pieces are made.</summary>
    public bool IsRecorded(int piece) => _recorded.Contains(piece);

    private bool IsOver => Stage is Stage.Answering or Stage.Ended;

    private bool IsLeaving => Stage is Stage.Cancelling or Stage.Suspending;

    /// <summary>What is to be done since this was last asked, in order.</summary>
    public IReadOnlyList<Effect> Take() => _effects.DrainToImmutable();

    public void Begin() => Do(resumes ? new Effect.Replay(0) : new Effect.Split());

    /// <summary>What an earlier host recorded counts; it isn't run again.</summary>
    public void Replayed(JournalWriter.Replayed replayed)
    {
        foreach (var attempt in replayed.Attempts)
        {
            _noted++;
            Ledger.Note(attempt);
            _supply.Remember(attempt.Piece.Index, attempt.Piece.Attempt, attempt.How == How.Crashed);
        }
        foreach (var done in replayed.Done)
            Ledger.Replay(done.Where(at => _recorded.Add(done.Index(at))));
        foreach (var dead in replayed.Dead.Where(dead => _recorded.Add(dead.Piece.Index)))
            Ledger.Replay(dead);
        Do(new Effect.Enter(Ledger.TakeNew()));
        if (replayed.After is { } after)
        {
            Do(new Effect.Replay(after));
            return;
        }
        if (Stage == Stage.Replaying)
            Stage = Stage.Splitting;
        Do(new Effect.Split());
    }

    /// <summary>Pieces can be made.</summary>
    public void Ready(int? total)
    {
        _supply.Total = total;
        if (Stage != Stage.Splitting)
            return; // it ends before it has begun
        Stage = Stage.Running;
        Do(new Effect.Open());
    }

    public void Wanted(int count)
    {
        _supply.Want(count);
        Do(new Effect.LookSoon());
    }

    /// <summary>Offers what waits, or has more made.</summary>
    public void Look()
    {
        if (Runs)
        {
            if (_supply.Take() is { Count: > 0 } offer)
            {
                Do(new Effect.Offer(offer));
                Do(new Effect.LookSoon());
            }
            else if (_supply.ToMake() is > 0 and var most)
                Do(new Effect.Make(most));
        }
        FinishIfAllSettled();
    }

    public void Made(Batch pieces, int passed, bool isAll)
    {
        _supply.Add(pieces, passed, isAll);
        if (Stage is Stage.Halting or Stage.Cancelling)
            _supply.Close();
        Look();
    }

    /// <param name="folded">all pieces before this index, or as many where their order doesn't matter</param>
    public void Entered(int folded)
    {
        _supply.Fold(folded);
        Do(new Effect.LookSoon());
    }

    /// <param name="at">the time, for the notes of what failed</param>
    public void Settled(Ends ends, RanBy by, Pool.Receipt receipt, DateTimeOffset at)
    {
        if (IsOver)
        {
            Sign(receipt); // nobody needs to keep what came too late
            return;
        }
        _cancellation?.Count(ends);
        // Of a job that is being cancelled only what is done still counts.
        var attempts = _cancellation is null ? Note(ends.Others, by, at) : [];
        var dead = _cancellation is null ? ends.Others.RemoveAll(TryAgain) : [];
        if (ends.Done.Count + dead.Length + attempts.Length > 0)
        {
            var ended = new Ends(ends.Done, ends.DoneSeconds, dead);
            _unrecorded.Add(++_lastRecord, (ended, by, receipt));
            Do(new Effect.Record(_lastRecord, ended, by, attempts));
            HaltSoonIfItIsTime();
        }
        else
            Sign(receipt);
        Do(new Effect.LookSoon());
    }

    /// <summary>Only what is on the disk counts.</summary>
    public void Recorded(long number)
    {
        if (!_unrecorded.Remove(number, out var record))
            return;
        Sign(record.Receipt);
        _isStalled = false;
        if (IsOver)
            return;
        Ledger.Record(record.Ends.Done, record.By);
        foreach (var dead in record.Ends.Others.TakeWhile(_ => !IsOver)) // a dead piece may end the job
            Bury(dead, record.By);
        if (!IsOver && Ledger.TakeNew() is { Count: > 0 } results)
            Do(new Effect.Enter(results));
        if (rules.Halt is { } rule && rule.Applies(Ledger.Dead, Ledger.Settled, Total))
            Halt(rule, Ledger.Dead, Ledger.Settled);
        FinishIfAllSettled();
        EndIfQuiet();
        Do(new Effect.LookSoon());
    }

    /// <summary>Whether pieces of it may begin now.</summary>
    public bool Runs => Stage == Stage.Running && !IsPaused && !_isStalled;

    /// <summary>How it stands, for those who look at the actors.</summary>
    public string Standing => _isStalled ? "stalled" : $"{Ledger.Settled} of {Total?.ToString() ?? "?"} settled";

    /// <summary>The disk takes nothing now.</summary>
    public void Stall(string reason)
    {
        if (!_isStalled)
            Do(new Effect.Stalled(reason));
        _isStalled = true;
    }

    /// <summary>A piece has waited long enough.</summary>
    public void Retry(Piece piece)
    {
        if (_supply.TryAgain(piece))
            Do(new Effect.LookSoon());
    }

    public void Pause(bool on)
    {
        if (IsLeaving || IsOver)
            return;
        IsPaused = on;
        Hold(on);
    }

    /// <summary>The host stops.</summary>
    public void Suspend()
    {
        if (Stage == Stage.Answering)
            Leave();
        if (IsLeaving || IsOver)
            return;
        (Stage, IsPaused) = (Stage.Suspending, false);
        Hold(on: true);
    }

    /// <summary>Stops what runs, and waits a little to hear how: by itself, or by the last rung of the ladder.</summary>
    public void Cancel(string reason)
    {
        if (Stage == Stage.Answering)
            End(JobState.Cancelled, reason, null);
        if (Stage == Stage.Cancelling || IsOver)
            return;
        (Stage, _cancellation, _isQuiet) = (Stage.Cancelling, new Cancellation(reason), false);
        Do(new Effect.StopRetries(_supply.Close()));
        Do(new Effect.Cancel(reason, ++_holds));
    }

    /// <summary>It goes on in another pool; what runs in this one ends there.</summary>
    public void Move()
    {
        _hasLeft = true;
        _supply.Forget();
        Do(new Effect.Open());
        if (IsPaused)
            Do(new Effect.Hold(true, _holds));
    }

    /// <summary>The pool gives back pieces, because the job leaves it.</summary>
    public void Released(Batch pieces)
    {
        if (Stage == Stage.Halting)
            Withdrawn(pieces.Count);
        else if (Stage != Stage.Cancelling)
            _supply.Return(pieces);
        Do(new Effect.LookSoon());
    }

    /// <summary>Pieces that waited in the pool will never run.</summary>
    public void Withdrawn(int count)
    {
        _supply.Withdraw(count);
        FinishIfAllSettled();
    }

    /// <summary>Nothing of it runs in a pool.</summary>
    /// <param name="quiet">what the pool said</param>
    /// <param name="isLeft">it is the pool that the job has left</param>
    public void Quiet(Pool.Quiet quiet, bool isLeft)
    {
        // The pool that was left may have said it before, while it was the job's. What answers an earlier number is over.
        if (quiet.IsReleased && isLeft)
        {
            Do(new Effect.CloseLeft());
            _hasLeft = false;
        }
        else if (!quiet.IsReleased && !isLeft && quiet.Number == _holds)
            _isQuiet = true;
        EndIfQuiet();
    }

    /// <summary>The receipts of what was not recorded: once the job is over, nobody needs to keep it.</summary>
    public IEnumerable<Pool.Receipt> Unsigned => _unrecorded.Values.Select(record => record.Receipt);

    private void Hold(bool on)
    {
        _isQuiet = false;
        Do(new Effect.Hold(on, ++_holds));
        Do(new Effect.Show());
        Do(new Effect.LookSoon());
    }

    private void Sign(Pool.Receipt receipt) => Do(new Effect.Sign(receipt));

    private void Do(Effect effect) => _effects.Add(effect);
}
