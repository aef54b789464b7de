using Akka.Actor;
using Mailroom.Door;
using Mailroom.Pools;
using Mailroom.Sending;

namespace Mailroom.Nodes;

/// <remarks>The files that jobs take along to a node of another machine.</remarks>
internal sealed partial class KeeperActor
{
    // Of this session.
    private IActorRef _files = ActorRefs.Nobody;

    private void OnFilesNeeded(Pool.FilesNeeded needed)
    {
        if (needed.Session != _session!.Number)
            return;
        if (_session.Protocol < Protocol.WithFiles)
        {
            var old = $"has version {_report.Version}, which takes no files of jobs";
            _pool.Tell(new Pool.FilesThere(needed.Job, needed.Session, needed.Files, old));
            return;
        }
        Send(needed);
    }

    /// <summary>What the host has of users' own kinds, for a node that trusts it with them.</summary>
    private bool BringsKinds(Gate.Join join) => !Own && join.TrustsKinds && _kinds is not null && _session!.Protocol >= Protocol.WithFiles;

    private void SendKinds() => Send(new Pool.FilesNeeded(SentFiles.OfKinds, Name, _session!.Number, _kinds!));

    private void Send(Pool.FilesNeeded needed)
    {
        if (_files.IsNobody())
            _files = Context.ActorOf(
                FileSender.Props(new(Name, _session!.Number, Math.Min(SentFiles.MaxPart, _settings.MaxPart)), _pool),
                _sessions == 1 ? "files" : $"files.{_sessions}"
            );
        _files.Tell(needed);
    }

    /// <returns>false when it is nothing for whoever sends the files; he counts it as handled</returns>
    private bool TryPassFiles(Parcel parcel)
    {
        if (parcel.Session != _session!.Number || _files.IsNobody() || parcel.Message is not (Keeper.WantFile or Keeper.HaveFiles))
            return false;
        _files.Tell(parcel.Message);
        return true;
    }

    private void OnSay(FileSender.Say say)
    {
        if (Sender.Equals(_files)) // and not of a session that is over
            _session!.Tell(say.Message);
    }

    private void EndFiles()
    {
        Context.Stop(_files);
        _files = ActorRefs.Nobody;
    }
}
