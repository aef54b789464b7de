using Akka.Actor;
using Mailroom.Door;
using Mailroom.Input;
using Mailroom.Inspection;
using Mailroom.Pools;
using Mailroom.Sending;

namespace Mailroom.Nodes;

/// <inheritdoc cref="FileSender"/>
internal sealed class FileSenderActor : ReceiveActor, IWithTimers
{
    // What was told may be lost with a connection.
    private static readonly TimeSpan Again = TimeSpan.FromSeconds(10);

    // A node gets no more parts than so many at once, and none while it does not read what it was sent.
    private const int MaxAtOnce = 32;
    private const long MaxUnread = 4 * 1024 * 1024;
    private static readonly TimeSpan Soon = TimeSpan.FromMilliseconds(20);

    private readonly FileSender.Settings _settings;
    private readonly IActorRef _pool;
    private readonly ActorStatus _status = Roster.Of(Context.System).StatusOf(Context.Self);
    private readonly Queue<Keeper.WantFile> _wanted = new();

    // Those whose files the node has not got yet.
    private readonly Dictionary<int, SentFiles> _jobs = [];

    // Those whose files it has: what it still asks for of them was asked twice.
    private readonly HashSet<int> _there = [];

    public FileSenderActor(FileSender.Settings settings, IActorRef pool)
    {
        (_settings, _pool) = (settings, pool);
        Receive<Pool.FilesNeeded>(OnNeeded);
        Receive<Pool.FilesDone>(done => Drop(done.Job));
        Receive<Keeper.WantFile>(OnWant);
        Receive<Keeper.HaveFiles>(OnHave);
        Receive<Serve>(_ => OnServe());
        Receive<Made>(OnMade);
        Receive<OfferAgain>(_ => OnOfferAgain());
        ShowState();
    }

    public ITimerScheduler Timers { get; set; } = null!;

    protected override void PostStop()
    {
        foreach (var _ in _wanted)
            Door?.Handled(_settings.Node);
    }

    private static DoorSetup? Door => DoorSetup.Of(Context.System);

    private void OnNeeded(Pool.FilesNeeded needed)
    {
        _jobs[needed.Job] = needed.Files;
        _there.Remove(needed.Job);
        if (!Timers.IsTimerActive(nameof(OfferAgain)))
            Timers.StartPeriodicTimer(nameof(OfferAgain), new OfferAgain(), Again);
        Offer(needed.Job, needed.Files);
        ShowState();
    }

    private void OnOfferAgain()
    {
        if (_jobs.Count == 0)
            Timers.Cancel(nameof(OfferAgain));
        foreach (var (job, files) in _jobs.Where(pair => pair.Value.IsMade).ToList())
            Offer(job, files);
    }

    private void Offer(int job, SentFiles files)
    {
        if (!files.IsMade)
        {
            files.MakeAsync().ContinueWith(made => new Made(job, files, made.Exception), TaskScheduler.Default).PipeTo(Self);
            return;
        }
        try
        {
            Say(new Keeper.TakeFiles(job, files.Manifest.Sha256, files.Manifest.Form.Length, _settings.PartBytes));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            Fail(job, error);
        }
    }

    private void OnMade(Made made)
    {
        if (_jobs.GetValueOrDefault(made.Job) == made.Files)
            Offer(made.Job, made.Files);
    }

    // It waits here as the node's message that is not handled yet, and those have a bound.
    private void OnWant(Keeper.WantFile want)
    {
        _wanted.Enqueue(want);
        if (!Timers.IsTimerActive(nameof(Serve)))
            OnServe();
    }

    private void OnServe()
    {
        for (var count = 0; count < MaxAtOnce && (Door?.UnreadBy(_settings.Node) ?? 0) < MaxUnread; count++)
        {
            if (!_wanted.TryDequeue(out var want))
                return;
            Answer(want);
            Door?.Handled(_settings.Node);
        }
        Timers.StartSingleTimer(nameof(Serve), new Serve(), Soon);
    }

    private void Answer(Keeper.WantFile want)
    {
        if (_there.Contains(want.Job))
            return;
        if (!_jobs.TryGetValue(want.Job, out var files) || !files.IsMade)
        {
            Say(new Keeper.DropFiles(want.Job)); // the word that it is over was lost
            return;
        }
        if (want.At < 0 || want.File < 0 || want.File > files.Manifest.Files.Length)
            return; // there is none
        try
        {
            Say(new Keeper.FilePart(want.Job, want.File, want.At, files.Read(want.File, want.At, _settings.PartBytes)));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            Fail(want.Job, error);
        }
    }

    private void OnHave(Keeper.HaveFiles have)
    {
        Door?.Handled(_settings.Node);
        if (!_jobs.TryGetValue(have.Job, out var files) || !files.IsMade || files.Manifest.Sha256 != have.Hash)
            return; // those of an earlier time that it was run
        if (have.Wrong is null)
            _there.Add(have.Job);
        End(have.Job, have.Wrong is { } wrong ? $"can't have its files: {Visible.Text(wrong)}" : null);
    }

    private void Fail(int job, Exception error)
    {
        End(job, $"can't be sent its files: {Visible.Text(error.Message)}");
        Drop(job);
    }

    private void End(int job, string? wrong)
    {
        if (_jobs.Remove(job, out var files))
            _pool.Tell(new Pool.FilesThere(job, _settings.Session, files, wrong));
        ShowState();
    }

    private void Drop(int job)
    {
        _jobs.Remove(job);
        _there.Remove(job);
        Say(new Keeper.DropFiles(job));
        ShowState();
    }

    private static void Say(object message) => Context.Parent.Tell(new FileSender.Say(message));

    private void ShowState() => _status.State = _jobs.Count == 0 ? "idle" : $"sends the files of {Quantity.Of(_jobs.Count, "job")}";

    private sealed record Serve : ILocalMessage;

    /// <summary>To itself: it is known what there is, or that it can't be.</summary>
    /// <param name="Wrong">the manifest tells it once more</param>
    private sealed record Made(int Job, SentFiles Files, Exception? Wrong) : ILocalMessage;

    private sealed record OfferAgain : ILocalMessage;
}
