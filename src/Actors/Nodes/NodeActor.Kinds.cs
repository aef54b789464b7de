using Akka.Actor;
using Akka.Event;
using Mailroom.Door;
using Mailroom.Input;
using Mailroom.Kinds;
using Mailroom.Logs;
using Mailroom.Pools;
using Mailroom.Sending;

namespace Mailroom.Nodes;

/// <remarks>Kinds that its host brings along, where its user lets it: its workers begin when they are there.</remarks>
internal sealed partial class NodeActor
{
    // Code that was loaded stays in memory.
    private const int MaxTrusted = 16;

    // By the hash of their files.
    private readonly Dictionary<string, Catalogue> _trusted = new(StringComparer.Ordinal);
    private JobFolders _folders = new();

    private void StartWorkers(Catalogue catalogue)
    {
        if (_workers.Length > 0)
            return;
        var settings = new Worker.Settings(
            _settings.Name,
            1,
            new Worker.Limits(Way.ToNodes(_settings.MaxPayload, _folders), _settings.MaxResult),
            _settings.BatchTime,
            _settings.MayRunPrograms,
            _settings.Grace,
            _settings.EndsWhenStuck ? Worker.LastRung.EndProcess : Worker.LastRung.LeaveThread
        );
        _workers =
        [
            .. Enumerable
                .Range(1, _settings.Workers)
                .Select(number =>
                    Context.Watch(Context.ActorOf(Worker.Props(settings, catalogue, _session), OfSession($"worker-{number}")))
                ),
        ];
        _working.UnionWith(_workers);
        var place = DoorSetup.Of(Context.System)?.Reached is { } reached ? Doors.Text(reached) : _settings.Host;
        _say($"{_settings.Name} joined {place} with {Quantity.Of(_settings.Workers, "worker")}");
    }

    /// <summary>From the host: these are the files of its kinds.</summary>
    private void OnTakeKinds(Keeper.TakeFiles take)
    {
        if (_trusted.TryGetValue(take.Hash, out var known))
            BeginWith(known, take.Hash);
        else if (!_settings.TrustsKinds)
            BeginWithout("it trusts no kinds of its host", take.Hash);
        else if (_trusted.Count >= MaxTrusted)
            BeginWithout($"it has loaded {MaxTrusted} other versions already; start it again", take.Hash);
        else
            _files.Tell(take);
    }

    /// <summary>The code is a user's own, and may take its time: heartbeats don't wait for it.</summary>
    private void OnKindsTaken(FileReceiver.KindsTaken taken)
    {
        var (session, catalogue) = (_session, _catalogue);
        Task.Run(() => Loaded(session, taken, catalogue)).PipeTo(Self);
    }

    private static KindsLoaded Loaded(long session, FileReceiver.KindsTaken taken, Catalogue own)
    {
        try
        {
            return new KindsLoaded(session, taken.Hash, own.Plus(SentFiles.KindsIn(taken.Folder)), null);
        }
        catch (Exception error) when (error is UserError or IOException or UnauthorizedAccessException)
        {
            return new KindsLoaded(session, taken.Hash, null, error.Message);
        }
    }

    private void OnKindsLoaded(KindsLoaded loaded)
    {
        if (loaded.Catalogue is { } catalogue)
            _trusted[loaded.Hash] = catalogue;
        if (loaded.Session != _session)
            return;
        if (loaded.Catalogue is { } kinds)
            BeginWith(kinds, loaded.Hash);
        else
            BeginWithout(loaded.Wrong!, loaded.Hash);
    }

    private void BeginWith(Catalogue catalogue, string hash)
    {
        if (_workers.Length == 0)
            _log.Info(Event.KindsTaken, "{Kinds}", string.Join(", ", catalogue.Own.Select(own => $"{own.Kind} of {own.Version}")));
        ToKeeper(new Keeper.HaveFiles(SentFiles.OfKinds, hash));
        StartWorkers(catalogue);
    }

    /// <summary>Their jobs are for others then.</summary>
    private void BeginWithout(string reason, string hash = "")
    {
        _log.Warning(Event.KindsRefused, "{Reason}", reason);
        ToKeeper(new Keeper.HaveFiles(SentFiles.OfKinds, hash, reason));
        StartWorkers(_catalogue);
    }

    /// <summary>To itself.</summary>
    private sealed record KindsLoaded(long Session, string Hash, Catalogue? Catalogue, string? Wrong) : ILocalMessage;
}
