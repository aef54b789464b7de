using Akka.Actor;
using Akka.Event;
using Mailroom.Input;
using Mailroom.Inspection;
using Mailroom.Kinds;
using Mailroom.Logs;
using Mailroom.Sending;

namespace Mailroom.Nodes;

/// <inheritdoc cref="FileReceiver"/>
internal sealed class FileReceiverActor : ReceiveActor, IWithTimers
{
    // A part that was asked for and has not come for so long is lost.
    private static readonly TimeSpan Lost = TimeSpan.FromSeconds(5);

    private const int MaxPartBytes = 1024 * 1024;

    private readonly FileStore _store;
    private readonly JobFolders _folders;
    private readonly bool _isFirst;
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly ActorStatus _status = Roster.Of(Context.System).StatusOf(Context.Self);
    private readonly TimeProvider _time;
    private readonly List<Keeper.TakeFiles> _waiting = [];

    // By job, of the lists of files that are there.
    private readonly Dictionary<int, string> _hashes = [];
    private FileTaking? _taking;

    public FileReceiverActor(FileReceiver.Settings settings, JobFolders folders, TimeProvider time)
    {
        (_store, _folders, _isFirst, _time) = (new FileStore(settings.Folder, settings.Most), folders, settings.IsFirst, time);
        Receive<Keeper.TakeFiles>(OnTake);
        Receive<Keeper.FilePart>(OnPart);
        Receive<Keeper.DropFiles>(OnDrop);
        Receive<AskAgain>(_ => Ask(_taking?.AskAgain() ?? []));
        ShowState();
    }

    public ITimerScheduler Timers { get; set; } = null!;

    protected override void PreStart()
    {
        if (_isFirst)
            WhyNot(_store.Clear);
    }

    protected override void PostStop()
    {
        Stop();
        foreach (var job in _folders.Jobs)
            Remove(job);
    }

    private void OnTake(Keeper.TakeFiles take)
    {
        if (_hashes.TryGetValue(take.Job, out var hash) && hash == take.Hash)
            Tell(new Keeper.HaveFiles(take.Job, hash)); // the answer was lost
        else if (_taking is not { } taking || (taking.Job, taking.Hash) != (take.Job, take.Hash))
        {
            Forget(take.Job); // of an earlier time that the job was run
            _waiting.Add(take);
        }
        Next();
    }

    private void OnPart(Keeper.FilePart part)
    {
        if (_taking is not { } taking || taking.Job != part.Job)
            return;
        var wrong = WhyNot(() =>
        {
            if (!taking.TryTake(new FilePlace(part.File, part.At), part.Bytes))
                return;
            LookAfterIt();
            Ask(taking.Ask());
        });
        if (wrong is null && !taking.IsDone)
            return;
        if (wrong is null)
            Have(taking);
        else
            Tell(new Keeper.HaveFiles(taking.Job, taking.Hash, wrong));
        Stop();
        Next();
    }

    private void Have(FileTaking taking)
    {
        if (taking.Job == SentFiles.OfKinds)
        {
            Tell(new FileReceiver.KindsTaken(taking.Hash, taking.Folder!));
            return;
        }
        (_folders[taking.Job], _hashes[taking.Job]) = (taking.Folder, taking.Hash);
        _log.Info(Event.FilesTaken, "job {Job}: {Count} with {Bytes} bytes", taking.Job, taking.Count, taking.Bytes);
        Tell(new Keeper.HaveFiles(taking.Job, taking.Hash));
    }

    private void OnDrop(Keeper.DropFiles drop)
    {
        Forget(drop.Job);
        Next();
    }

    private void Forget(int job)
    {
        _waiting.RemoveAll(other => other.Job == job);
        if (_taking?.Job == job)
            Stop();
        Remove(job);
    }

    private void Next()
    {
        while (_taking is null && _waiting is [var take, ..])
        {
            _waiting.RemoveAt(0);
            if (take.Bytes is < 1 or > Manifest.MaxBytes || take.PartBytes is < 1 or > MaxPartBytes || !Manifest.IsHash(take.Hash))
            {
                Tell(new Keeper.HaveFiles(take.Job, take.Hash, "what its host says of them can't be"));
                continue;
            }
            _taking = new FileTaking(_store, take.Job, take.Hash, take.Bytes, take.PartBytes, _time);
            LookAfterIt();
            Ask(_taking.Ask());
        }
        ShowState();
    }

    private void Stop()
    {
        Timers.CancelAll();
        if (_taking is { } taking)
            WhyNot(taking.Dispose);
        _taking = null;
    }

    private void Remove(int job)
    {
        if (_folders[job] is not { } folder)
            return;
        _folders[job] = null;
        _hashes.Remove(job);
        WhyNot(() => _store.Remove(folder));
    }

    private void LookAfterIt() => Timers.StartPeriodicTimer(nameof(AskAgain), new AskAgain(), Lost);

    private void Ask(IReadOnlyList<FilePlace> places)
    {
        foreach (var place in places)
            Tell(new Keeper.WantFile(_taking!.Job, place.File, place.At));
    }

    /// <summary>What keeps the disk, or what has come, from being used; null when nothing does.</summary>
    private string? WhyNot(Action change)
    {
        try
        {
            change();
            return null;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or FormatException or UserError)
        {
            _log.Warning(Event.FilesRefused, "{Reason}", error.Message);
            return error.Message;
        }
    }

    private static void Tell(object message) => Context.Parent.Tell(message);

    private void ShowState() => _status.State = _taking is { } taking ? $"takes the files of job {taking.Job}" : "idle";

    private sealed record AskAgain : ILocalMessage;
}
