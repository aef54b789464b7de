using Akka.Actor;
using Akka.Event;
using Mailroom.Logs;
using Mailroom.Sending;

namespace Mailroom.Nodes;

/// <remarks>What it tells of its log, and the files that it is given with jobs.</remarks>
internal sealed partial class NodeActor
{
    // Of this session.
    private IActorRef _files = ActorRefs.Nobody;

    /// <summary>The disk may take its time: heartbeats don't wait for it.</summary>
    private void OnTellLogs(Keeper.TellLogs tell)
    {
        var (keeper, session, self, time) = (_keeper, _session, Self, _time);
        Task.Run(() => keeper.Tell(new Parcel(session, 0, new Keeper.Logs(NextOfLog(tell), time.GetUtcNow())), self));
    }

    private LogPart? NextOfLog(Keeper.TellLogs tell)
    {
        try
        {
            return _settings.Logs is { } logs ? LogShare.Next(logs, _settings.Name, tell.Known) : null;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            _log.Warning(Event.LogsUnread, "{Reason}", error.Message);
            return null;
        }
    }

    private void BeginFiles()
    {
        _folders = new JobFolders();
        _files = Context.ActorOf(
            FileReceiver.Props(new(_settings.Files, _settings.MaxFiles, IsFirst: _generation == 1), _folders, _time),
            OfSession("files")
        );
    }

    /// <summary>What a child of this session is called; those of earlier ones may be there still.</summary>
    private string OfSession(string name) => _generation == 1 ? name : $"{name}.{_generation}";

    /// <summary>To itself: whoever takes files has broken, and with him the folders of jobs are gone.</summary>
    private sealed record FilesBroke : ILocalMessage;

    private void EndFiles()
    {
        Context.Stop(_files);
        _files = ActorRefs.Nobody;
    }

    private void OnHaveFiles(Keeper.HaveFiles have)
    {
        if (have is not { Job: SentFiles.OfKinds, Wrong: { } wrong })
            AskForFile(have);
        else if (Sender.Equals(_files))
            BeginWithout(wrong, have.Hash);
    }

    private void AskForFile(object message)
    {
        if (Sender.Equals(_files)) // and not of an earlier session
            ToKeeper(message);
    }
}
