using Akka.Actor;
using Akka.Event;
using Mailroom.Input;
using Mailroom.Logs;
using Mailroom.Pools;

namespace Mailroom.Nodes;

/// <remarks>How it leaves: drained, retired, stuck.</remarks>
internal sealed partial class NodeActor
{
    private void OnRetire(Keeper.Retire retire)
    {
        if (!retire.Now)
            OnDrain(retire.IsPatient);
        else
        {
            foreach (var worker in _working)
                Context.Unwatch(worker).Tell(new Worker.Abandon());
            if (retire.Reason is { } reason)
                Finish(ExitCode.Refused, $"{_settings.Name} was sent away: {Visible.Text(reason)}");
            else
                Finish(ExitCode.Done, $"{_settings.Name} was told to stop");
        }
    }

    private void OnStuck(Worker.Stuck stuck)
    {
        _log.Warning(Event.NodeStuck, "{Reason}; this process is to be ended", stuck.Reason);
        ToKeeper(new Keeper.Stuck(stuck.Reason));
        Timers.StartSingleTimer(nameof(EndStuck), new EndStuck(stuck.Reason), StuckPatience);
    }

    private void OnEndStuck(EndStuck end) => Finish(ExitCode.JobFailed, $"{_settings.Name} ends: {end.Reason}");

    /// <param name="isPatient">what runs may run as long as it takes</param>
    private void OnDrain(bool isPatient = false)
    {
        if (!isPatient && !Timers.IsTimerActive(nameof(DrainOver)))
            Timers.StartSingleTimer(nameof(DrainOver), new DrainOver(), _settings.DrainTimeout);
        if (_isDraining)
            return;
        _isDraining = true;
        Become(Draining);
        foreach (var worker in _working)
            worker.Tell(new Worker.Drain());
        LeaveIfDone();
    }

    private void OnWorkerDone(IActorRef worker)
    {
        _working.Remove(worker);
        LeaveIfDone();
    }

    private void LeaveIfDone()
    {
        if (_working.Count == 0)
            Leave($"{_settings.Name} left");
    }

    private void Leave(string message)
    {
        ToKeeper(new Keeper.Left());
        Finish(ExitCode.Done, message);
    }

    private void StartAnew(string reason)
    {
        _log.Warning(Event.NodeQuarantined, "a new ActorSystem is started, because {Reason}", reason);
        _end.TrySetResult(new Node.End(ExitCode.Done, "quarantined", StartAnew: true));
    }

    private void Finish(ExitCode code, string message)
    {
        Timers.CancelAll();
        _log.Info(Event.NodeFinished, "{Code}: {Reason}", (int)code, message);
        _end.TrySetResult(new Node.End(code, message));
    }
}
