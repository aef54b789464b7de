using Akka.Actor;
using Akka.Event;
using Akka.Remote;
using Mailroom.Door;
using Mailroom.Input;
using Mailroom.Logs;
using Mailroom.Members;

namespace Mailroom.Nodes;

/// <remarks>What a node that has joined says, and how its session ends.</remarks>
internal sealed partial class KeeperActor
{
    private void OnParcel(Parcel parcel)
    {
        if (_session!.Pass(parcel))
        {
            RecycleIfOutgrown();
            return;
        }
        if (TryPassFiles(parcel))
            return;
        DoorSetup.Of(Context.System)?.Handled(Name);
        if (parcel.Session != _session.Number)
        {
            OnLateParcel(parcel);
            return;
        }
        switch (parcel.Message)
        {
            case Keeper.Renew renew:
                OnRenew(renew);
                break;
            case Keeper.Left:
                OnLeft();
                break;
            case Keeper.Stuck stuck:
                OnStuck(stuck);
                break;
            case Keeper.Certify certify:
                OnCertify(certify);
                break;
            case Keeper.Logs logs:
                OnLogs(logs);
                break;
            default:
                OnLie($"{Parcel.NameOf(parcel.Message)} of worker {parcel.Worker}");
                break;
        }
    }

    // Of a session that is over: it may not know yet.
    private void OnLateParcel(Parcel parcel)
    {
        if (parcel.Message is Keeper.Renew)
            Sender.Tell(new Parcel(parcel.Session, 0, new Keeper.Dismissed("the host does not know this session any more")));
    }

    /// <summary>A node that tells what can't be true is broken, or not honest: after a few times it is not listened to any more.</summary>
    private void OnLie(string what)
    {
        what = Visible.Text(what.Length > 300 ? what[..300] + "…" : what);
        _log.Warning(Event.NodeLied, "{Name}: it reported {What}", Name, what);
        if (_time.GetElapsedTime(_lied) > Remembered)
            _lies = 0;
        _lied = _time.GetTimestamp();
        if (++_lies < MaxLies)
            return;
        var reason = $"it reported {MaxLies} times what can't be, the last: {what}";
        _session!.Tell(new Keeper.Dismissed(reason));
        Lose(reason, crashed: false);
        if (Own)
            EndProcess(reason);
        else
        {
            _barred = reason;
            BeGone();
        }
    }

    private void OnSecondJoin(Gate.Join join)
    {
        if (join.NodeId == _session!.NodeId)
            return; // the welcome is on its way
        // A node that was killed and started again comes before its lease has ended.
        var reason =
            join.Pid == _report.Pid && join.Machine == _report.Machine ? "it joined anew"
            : _session.IsSuspect && !Own ? $"its connection broke, and process {join.Pid} has come in its place"
            : null;
        if (reason is not null)
        {
            Lose(reason, crashed: false);
            OnJoin(join);
            return;
        }
        Refuse($"a node named {Name} is here already (process {_report.Pid} on {_report.Machine}); choose another name with --name");
    }

    private void OnRenew(Keeper.Renew renew)
    {
        if (_session!.IsSuspect)
        {
            _session.Trust();
            var isLeaving = _isRetired || _outgrown is not null;
            if (isLeaving)
                _session.Tell(new Keeper.Retire(Now: false, IsPatient: !_isRetired));
            _report = _report with { State = isLeaving ? NodeState.Draining : NodeState.Up, Since = _time.GetUtcNow() };
            _log.Info(Event.NodeBack, "{Name}: its connection is there again", Name);
            Introduce(); // perhaps by another certificate
        }
        Hear();
        _session.Tell(new Keeper.Renewed());
        _session.Measure(renew.RoundTrip);
        Tell(
            _report with
            {
                Usage = renew.Usage with { Node = Name },
                Actors = [.. renew.Actors.Select(actor => actor with { Node = Name })],
            }
        );
        RecycleIfOutgrown();
    }

    /// <summary>Lets an own node that has had its time end what it runs and then end itself, to be started anew.</summary>
    private void RecycleIfOutgrown()
    {
        if (!Own || _isRetired || _outgrown is not null || Outgrown is not { } reason)
            return;
        _outgrown = reason;
        _session!.Tell(new Keeper.Retire(Now: false, IsPatient: true));
        _log.Info(Event.NodeOutgrown, "{Name}: {Reason}; it ends when what it runs has ended, and is started anew", Name, reason);
        Tell(_report with { State = NodeState.Draining, Since = _time.GetUtcNow() });
    }

    private string? Outgrown =>
        _settings.MaxPieces > 0 && _session!.Ran >= _settings.MaxPieces
            ? $"it has run {Quantity.Of(_session.Ran, "piece")}, as many as mailroom.nodes.max-pieces lets it"
        : _settings.MaxMemory > 0 && _report.Usage is { } usage && usage.MemoryBytes > _settings.MaxMemory
            ? $"it has {Quantity.Megabytes(usage.MemoryBytes)} of memory, more than mailroom.nodes.max-memory lets it"
        : null;

    private void Hear()
    {
        _heard = _time.GetTimestamp();
        Timers.StartSingleTimer(LeaseTimer, new LeaseEnded(), _settings.Lease);
    }

    private void OnDisassociated(DisassociatedEvent lost)
    {
        if (!_session!.IsAt(lost.RemoteAddress) || _session.IsSuspect)
            return;
        _session.Suspect();
        Tell(_report with { State = NodeState.Suspect, Since = _time.GetUtcNow() });
        _log.Warning(
            Event.NodeSuspect,
            "{Name}: its connection broke; its lease runs for {Lease} s more at most",
            Name,
            _settings.Lease.TotalSeconds
        );
    }

    private void OnLeaseEnded()
    {
        var silence = _time.GetElapsedTime(_heard);
        if (silence > _settings.Lease + Late)
        {
            Hear(); // this host itself was stopped: what the node has sent meanwhile is only read now
            return;
        }
        var reason =
            $"lease ended: no heartbeat for {silence.TotalSeconds.ToString("0.0", System.Globalization.CultureInfo.InvariantCulture)} s";
        Lose(reason, crashed: Own); // nothing but what it runs can have kept a process beside this one from saying so
        if (Own)
            EndProcess(reason);
        else
            BeGone();
    }

    private void OnLeft()
    {
        if (_outgrown is { } reason)
        {
            // One that had run nothing will be the same the next time: that costs it a restart.
            _ended = (reason, IsFreed: _session!.Ran > 0);
            Leave(reason, crashed: false);
        }
        else
            Lose("it left", crashed: false);
        if (Own)
            return;
        if (_lies == 0)
            Context.Stop(Self);
        else
            BeGone(); // it may not come again as if nothing had been
    }

    private void Introduce()
    {
        if (!Own)
            Context.Parent.Tell(new Membership.Joined(Name, [.. _report.Labels], DoorSetup.Of(Context.System)?.SerialOf(Name)));
    }

    private void OnOutdated()
    {
        if (_session!.Protocol >= Protocol.WithRecertify)
            _session.Tell(new Keeper.Recertify());
    }

    private void OnCertify(Keeper.Certify certify)
    {
        if (_certified is { } last && _time.GetElapsedTime(last) < CertifyEvery)
            return;
        _certified = _time.GetTimestamp();
        Context.Parent.Tell(new Membership.Renew(Name, DoorSetup.Of(Context.System)?.SerialOf(Name), certify.Request));
    }

    /// <summary>From this moment on nothing that it tells counts, and the gate refuses it; that its connection ends follows.</summary>
    private void OnExpel(Keeper.Expel expel)
    {
        var door = DoorSetup.Of(Context.System);
        if ((door?.SerialOf(Name) ?? _serial) is { } serial && !door!.IsVoid(serial))
        {
            EndRevoked(); // it is there by another certificate of its name, which is taken
            return;
        }
        _session!.Tell(new Keeper.Retire(Now: true, Reason: expel.Reason));
        Lose(expel.Reason, crashed: false);
        BeGone();
        Timers.StartSingleTimer(DisconnectTimer, new LastWordSaid(), LastWord);
    }

    /// <summary>A certificate of its name is void. What it had told by that is not held against whoever comes with another.</summary>
    private void OnExpelled()
    {
        (_barred, _lies) = (null, 0);
        EndRevoked();
    }

    /// <summary>The last rung of the ladder: only with its process can such a piece be ended. It costs the node nothing.</summary>
    private void OnStuck(Keeper.Stuck stuck)
    {
        if (!Own)
        {
            OnLie("that its process is to be ended, which its host has not started");
            return;
        }
        var reason = $"ended by the host: {Visible.Text(stuck.Reason)}";
        Lose(reason, crashed: false);
        EndProcess(reason, isFreed: true);
    }

    /// <summary>Ends the session: what its workers held goes back to the queue.</summary>
    private void Lose(string reason, bool crashed)
    {
        _log.Warning(Event.NodeLost, "{Name}: {Reason}", Name, reason);
        Leave(reason, crashed);
    }

    private void Leave(string reason, bool crashed)
    {
        Timers.Cancel(LeaseTimer);
        EndSession(reason, crashed);
        Tell(Ended(reason) with { Usage = null, Actors = [] });
        Become(Absent);
        if (_process is not null)
            Timers.StartSingleTimer(StartTimer, new StartOver(), _settings.StartTimeout); // it must join anew or end
    }

    private void EndSession(string reason, bool crashed)
    {
        _session!.End($"{Name}: {reason}", crashed);
        _session = null;
        EndFiles();
    }
}
