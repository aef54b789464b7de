using Akka.Actor;
using Mailroom.Door;

namespace Mailroom.Nodes;

/// <remarks>The log of a node that has a state folder of its own.</remarks>
internal sealed partial class KeeperActor
{
    // Asked for and not answered: what comes beyond that, nobody wanted.
    private int _logsWanted;
    private IActorRef _logs = ActorRefs.Nobody;

    private void OnFetchLogs(FarLogs.Fetch fetch)
    {
        if (Own || _settings.Logs is not { } directory || _session!.Protocol < Protocol.WithLogs)
        {
            Sender.Tell(FarLogs.Fetched.Now);
            return;
        }
        if (_logs.IsNobody())
            _logs = Context.ActorOf(FarLogs.Props(directory, Name, _time), "logs");
        _logs.Forward(fetch);
    }

    private void OnWantLogs(FarLogs.Want want)
    {
        _logsWanted++;
        _session!.Tell(new Keeper.TellLogs([.. want.Known]));
    }

    private void OnLogs(Keeper.Logs logs)
    {
        if (_logsWanted == 0)
        {
            OnLie("its log, for which nobody had asked");
            return;
        }
        _logsWanted--;
        _logs.Tell(new FarLogs.Told(logs, _session!.RoundTrip));
    }
}
