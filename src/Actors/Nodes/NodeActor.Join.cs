using Akka.Actor;
using Akka.Event;
using Mailroom.Door;
using Mailroom.Input;
using Mailroom.Logs;

namespace Mailroom.Nodes;

/// <remarks>How it comes to its host.</remarks>
internal sealed partial class NodeActor
{
    private void Knock()
    {
        (_nodeId, _renewed) = (Guid.NewGuid(), _time.GetTimestamp());
        Timers.StartSingleTimer(JoinTimer, new KnockAgain(), TimeSpan.Zero);
    }

    private void Join()
    {
        // Nodes that have lost their host together do not come back together.
        Timers.StartSingleTimer(JoinTimer, new KnockAgain(), _settings.JoinEvery * (0.5 + Random.Shared.NextDouble()));
        _gate.Tell(
            new Parcel(
                0,
                0,
                new Gate.Join(
                    _nodeId,
                    Environment.ProcessId,
                    Environment.MachineName,
                    _settings.Version,
                    _settings.Workers,
                    [.. _catalogue.Own.Select(own => new Gate.OwnKind(own.Kind, own.Version))],
                    Labels: _settings.Labels,
                    TrustsKinds: _settings.TrustsKinds
                )
            )
        );
        // After a session, connected and yet not heard: the host's ActorSystem takes this one's connection for an old one. A new one is a
        // stranger to it.
        if (_generation > 0 && _time.GetElapsedTime(_renewed) > Deaf && DoorSetup.Of(Context.System)?.IsConnected == true)
        {
            StartAnew("the host is there and does not hear it");
            return;
        }
        if (_time.GetElapsedTime(_renewed) < TimeSpan.FromSeconds(2) || _saidWaiting)
            return;
        _saidWaiting = true;
        _say($"{_settings.Name} waits for a host at {_settings.Host}");
    }

    private void OnAnswer(Parcel parcel)
    {
        switch (parcel.Message)
        {
            case Gate.Welcome welcome:
                (_session, _keeper) = (parcel.Session, Sender);
                OnWelcome(welcome);
                break;
            case Gate.Refused refused:
                Finish(ExitCode.Refused, $"the host refused {_settings.Name}: {Visible.Text(refused.Reason)}");
                break;
            default:
                break; // a late word of a session that is over
        }
    }

    /// <summary>Somebody is there, but not its host. It goes on knocking, for the right one may come.</summary>
    private void OnDoorClosed(DoorClosed closed)
    {
        if (_closedFor == closed.Reason)
            return;
        _closedFor = closed.Reason;
        _log.Warning(Event.NodeKeptOut, "at {Host}: {Reason}", _settings.Host, closed.Reason);
        _say(
            _settings.Membership is null
                ? $"{_settings.Name} waits: who listens at {_settings.Host} is not the host of its state folder, or does not let it in: "
                    + $"{closed.Reason}; start that host, or name its state folder with --state DIR"
                : $"{_settings.Name} waits: who listens at {_settings.Host} is not the host that it is a member of, or does not let it in: "
                    + $"{closed.Reason}; 'mailroom nodes invites' there lists the members"
        );
    }

    /// <summary>A member gets its next certificate in time.</summary>
    private void AskForCertificate()
    {
        if (
            _settings.Membership is not { } membership
            || _isDraining
            || _isKeeping
            || (!_isOutdated && _time.GetUtcNow() < membership.RenewAt)
            || (_askedToCertify is { } last && _time.GetElapsedTime(last) < CertifyEvery)
        )
            return;
        _askedToCertify = _time.GetTimestamp();
        ToKeeper(new Keeper.Certify(membership.Request()));
    }

    /// <summary>The disk on which it is kept may take its time: heartbeats don't wait for it.</summary>
    private void OnCertified(Keeper.Certified certified)
    {
        if (_settings.Membership is not { } membership || _isKeeping)
            return;
        _isKeeping = true;
        Task.Run(() => Kept(membership, certified)).PipeTo(Self);
    }

    private static CertificateKept Kept(IMembership membership, Keeper.Certified certified)
    {
        try
        {
            return new CertificateKept(membership.TryKeep(certified.Certificate, certified.Authority), null);
        }
        catch (UserError error)
        {
            return new CertificateKept(false, error.Message);
        }
    }

    /// <summary>It shows the new one with its next connection, which it makes at once; its session and its pieces go on.</summary>
    private void OnCertificateKept(CertificateKept kept)
    {
        _isKeeping = false;
        if (kept.Wrong is { } wrong)
            _log.Warning(Event.NodeKeptOut, "at {Host}: {Reason}", _settings.Host, wrong);
        if (!kept.IsNew)
            return;
        _isOutdated = false;
        _log.Info(Event.NodeRenewed, "it has its next certificate and comes again with it");
        DoorSetup.Of(Context.System)?.Reconnect();
    }
}
