using System.Reflection;

namespace Mailroom.Logs;

/// <summary>What happens in the life of an actor, by a stable name; docs/events.md says what each means and which values it has.</summary>
public readonly record struct Event(string Name)
{
    public static Event JobAccepted { get; } = new("job.accepted");
    public static Event JobRunning { get; } = new("job.running");
    public static Event JobResumed { get; } = new("job.resumed");
    public static Event JobWaits { get; } = new("job.waits");
    public static Event JobChanged { get; } = new("job.changed");
    public static Event JobRemoved { get; } = new("job.removed");
    public static Event JobStalled { get; } = new("job.stalled");
    public static Event JobSuspended { get; } = new("job.suspended");
    public static Event JobEnded { get; } = new("job.ended");
    public static Event JobBroke { get; } = new("job.broke");
    public static Event JobDeclined { get; } = new("job.declined");
    public static Event JobMeasuredAgain { get; } = new("job.measured-again");
    public static Event JobChosen { get; } = new("job.chosen");
    public static Event JobHeld { get; } = new("job.held");
    public static Event JobHalted { get; } = new("job.halted");
    public static Event JobRefused { get; } = new("job.refused");
    public static Event PieceFailed { get; } = new("piece.failed");
    public static Event PieceRetried { get; } = new("piece.retried");
    public static Event PieceDead { get; } = new("piece.dead");
    public static Event PieceSaid { get; } = new("piece.said");
    public static Event CancelThrew { get; } = new("cancel.threw");
    public static Event LeaseGranted { get; } = new("lease.granted");
    public static Event LeaseReturned { get; } = new("lease.returned");
    public static Event OutcomeStale { get; } = new("outcome.stale");
    public static Event WorkerJoined { get; } = new("worker.joined");
    public static Event WorkerDid { get; } = new("worker.did");
    public static Event WorkerStuck { get; } = new("worker.stuck");
    public static Event WorkerGaveUp { get; } = new("worker.gave-up");
    public static Event WorkerBroke { get; } = new("worker.broke");
    public static Event RunnerBroke { get; } = new("runner.broke");
    public static Event RunnerRestarted { get; } = new("runner.restarted");
    public static Event TimerThrew { get; } = new("timer.threw");
    public static Event PoolDegraded { get; } = new("pool.degraded");
    public static Event NodeStarted { get; } = new("node.started");
    public static Event NodeJoined { get; } = new("node.joined");
    public static Event NodeRefused { get; } = new("node.refused");
    public static Event NodeKeptOut { get; } = new("node.kept-out");
    public static Event NodeLied { get; } = new("node.lied");
    public static Event ResultUnreadable { get; } = new("result.unreadable");
    public static Event DoorRefused { get; } = new("door.refused");
    public static Event DoorBroke { get; } = new("door.broke");
    public static Event NodeSuspect { get; } = new("node.suspect");
    public static Event NodeBack { get; } = new("node.back");
    public static Event NodeStuck { get; } = new("node.stuck");
    public static Event NodeOutgrown { get; } = new("node.outgrown");
    public static Event NodeRetired { get; } = new("node.retired");
    public static Event NodeLost { get; } = new("node.lost");
    public static Event NodeSaid { get; } = new("node.said");
    public static Event NodeEnded { get; } = new("node.ended");
    public static Event NodeGivenUp { get; } = new("node.given-up");
    public static Event NodeWelcome { get; } = new("node.welcome");
    public static Event NodeFenced { get; } = new("node.fenced");
    public static Event NodeQuarantined { get; } = new("node.quarantined");
    public static Event NodeFinished { get; } = new("node.finished");
    public static Event LogsUnread { get; } = new("logs.unread");
    public static Event LogsNotKept { get; } = new("logs.not-kept");
    public static Event FilesTaken { get; } = new("files.taken");
    public static Event FilesRefused { get; } = new("files.refused");
    public static Event KindsTaken { get; } = new("kinds.taken");
    public static Event KindsRefused { get; } = new("kinds.refused");
    public static Event NodeRenewed { get; } = new("node.renewed");
    public static Event AuthorityRotated { get; } = new("authority.rotated");
    public static Event MemberInvited { get; } = new("member.invited");
    public static Event MemberJoined { get; } = new("member.joined");
    public static Event MemberNotRenewed { get; } = new("member.not-renewed");
    public static Event MemberRenewed { get; } = new("member.renewed");
    public static Event MemberRevoked { get; } = new("member.revoked");
    public static Event MembersClosed { get; } = new("members.closed");
    public static Event KeeperBroke { get; } = new("keeper.broke");
    public static Event JournalFailed { get; } = new("journal.failed");
    public static Event JournalResumed { get; } = new("journal.resumed");

    /// <summary>What Akka itself logs.</summary>
    public static Event Akka { get; } = new("akka");

    private static readonly HashSet<string> Names =
    [
        .. typeof(Event)
            .GetProperties(BindingFlags.Public | BindingFlags.Static)
            .Select(property => ((Event)property.GetValue(null)!).Name),
    ];

    /// <summary>Whether Mailroom itself logs an event of this name.</summary>
    public static bool IsMailrooms(string name) => Names.Contains(name);

    public override string ToString() => Name;
}
