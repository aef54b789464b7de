using Akka.Actor;
using Akka.Event;
using Mailroom.Input;
using Mailroom.Logs;

namespace Mailroom.Nodes;

/// <remarks>The process of a node of the host's own: started, ended, started again.</remarks>
internal sealed partial class KeeperActor
{
    private void OnLaunch()
    {
        if (_process is not null)
            return;
        if (_report.State == NodeState.GivenUp)
            _restarts.Forget();
        Launch();
    }

    private void Launch()
    {
        _restarts.Begin();
        try
        {
            var process = _launcher.Launch(Name);
            _process = process;
            _lies = 0; // another process told them
            process.Exited.PipeTo(Self, success: exit => new Exited(process, exit));
            Tell(_report with { State = NodeState.Starting, Pid = process.Pid, Since = _time.GetUtcNow() });
            _log.Info(Event.NodeStarted, "{Name} as process {Pid}", Name, process.Pid);
            Timers.StartSingleTimer(StartTimer, new StartOver(), _settings.StartTimeout);
        }
        catch (UserError error)
        {
            LaunchAgain($"it can't be started: {error.Message}");
        }
    }

    private void EndProcess(string reason, bool isFreed = false)
    {
        _ended = (reason, isFreed);
        _process?.Kill();
    }

    private void OnExited(Exited exited)
    {
        if (exited.Process != _process)
            return;
        _process = null;
        var (reason, isFreed) = _ended ?? (exited.Exit.Reason, false);
        _ended = null;
        if (_session is not null)
            Lose(reason, crashed: true); // whatever its code: it ended while it was wanted, and did not say that it would
        Timers.Cancel(StartTimer);
        if (_isRetired)
        {
            Context.Stop(Self);
            return;
        }
        if (exited.Exit.LastWords.Length > 0)
            _log.Warning(Event.NodeSaid, "{Name} before it ended: {Words}", Name, Visible.Text(exited.Exit.LastWords, keepLines: true));
        if (isFreed)
        {
            Tell(Ended(reason) with { Restarts = _report.Restarts + 1 });
            Launch();
        }
        else
            LaunchAgain(reason);
    }

    /// <summary>Starts the process again after a wait that doubles, or gives the node up when it ended too often.</summary>
    private void LaunchAgain(string reason)
    {
        if (_restarts.End() is not { } wait)
        {
            Tell(Ended(reason) with { State = NodeState.GivenUp, Pid = null, Since = _time.GetUtcNow() });
            _log.Error(
                Event.NodeGivenUp,
                "{Name}: it ended {Count} times in {Window} s, the last: {Reason}",
                Name,
                _restarts.Ends,
                _settings.RestartWindow.TotalSeconds,
                reason
            );
            return;
        }
        Tell(Ended(reason) with { State = NodeState.Waiting, Pid = null, Since = _time.GetUtcNow(), Restarts = _report.Restarts + 1 });
        _log.Warning(Event.NodeEnded, "{Name}: {Reason}; it is started again in {Wait} s", Name, reason, wait.TotalSeconds);
        Timers.StartSingleTimer(nameof(Keeper.Launch), new Keeper.Launch(), wait);
    }

    private NodeReport Ended(string reason) => _report with { Reason = reason, EndedAt = _time.GetUtcNow() };

    private sealed record Exited(INodeProcess Process, NodeExit Exit) : ILocalMessage;

    private sealed record StartOver : ILocalMessage;
}
