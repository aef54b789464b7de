using System.Collections.Immutable;
using Akka.Actor;
using Akka.Event;
using Mailroom.Input;
using Mailroom.Inspection;
using Mailroom.Jobs;
using Mailroom.Journal;
using Mailroom.Kinds;
using Mailroom.Logs;
using Mailroom.Members;
using Mailroom.Model;
using Mailroom.Nodes;
using Mailroom.Observe;
using Mailroom.Pools;
using Mailroom.Settings;
using Mailroom.Techniques;

namespace Mailroom;

/// <summary>The root supervisor of a host, <c>/user/mailroom</c>: pools, nodes, journal and jobs are its children.</summary>
public static class HostRoot
{
    /// <summary>Where the host's actors can be spoken to; answers <see cref="Ask"/>.</summary>
    public sealed record Desks(IActorRef Jobs, IActorRef Nodes, IActorRef Members, IActorRef Journal, IActorRef Feed) : ILocalMessage;

    public sealed record Ask : ILocalMessage;

    /// <summary>What earlier hosts have left in the journal.</summary>
    /// <param name="Earlier">the last jobs, newest first</param>
    /// <param name="Unfinished">those that this host takes over, oldest first</param>
    public sealed record Legacy(IReadOnlyList<JobSummary> Earlier, IReadOnlyList<AcceptedJob> Unfinished);

    /// <param name="Legacy">read before the writer has the store: from then on it is the writer's alone</param>
    /// <param name="Resumes">whether jobs that an earlier host left unfinished go on</param>
    public sealed record Parts(
        MailroomSettings Settings,
        Catalogue Catalogue,
        IJournalStore Journal,
        Legacy Legacy,
        bool Resumes,
        Gate.Settings Gate,
        INodeLauncher Launcher,
        Membership.Parts Members,
        TimeProvider Time
    );

    /// <exception cref="Input.UserError">a row is damaged</exception>
    public static Legacy Read(IJournalStore store, MailroomSettings settings, bool resumes) =>
        new(store.Last(settings.Jobs.Remembered), resumes ? store.Unfinished() : []);

    public static Props Props(Parts parts) => Akka.Actor.Props.Create(() => new HostRootActor(parts));
}

/// <inheritdoc cref="HostRoot"/>
internal sealed class HostRootActor : ReceiveActor
{
    public HostRootActor(HostRoot.Parts parts)
    {
        var (settings, catalogue, store, (earlier, unfinished), resumes, gateSettings, launcher, memberParts, time) = parts;
        unfinished = [.. unfinished.Select(job => job with { Deaths = TakeOver(store, job, catalogue) })];
        if (resumes)
            Try(() => store.Forget(settings.Jobs.Kept), "that old jobs are forgotten");
        var feed = Feed.Start(Context);
        var journal = Context.ActorOf(JournalWriter.Props(store), "journal");
        var pools = Traits.All.ToImmutableDictionary(traits => traits.By, traits => StartPool(traits.By, traits.In(settings, resumes)));
        var members = Context.ActorOf(Membership.Props(memberParts, time), "members");
        var gate = Context.ActorOf(Gate.Props(gateSettings, catalogue, pools[Technique.Processes].Pool, launcher, members, time), "nodes");
        var desk = new JobDesk.Settings(
            settings.Jobs.Attempts,
            settings.Pool.MaxCrashes,
            settings.Jobs.FirstDelay,
            settings.Jobs.MaxDelay,
            settings.Pool.Grace,
            settings.Jobs.Remembered
        )
        {
            LooksForLocks = true,
        };
        var jobs = Context.ActorOf(JobDesk.Props(desk, pools, journal, catalogue, [.. earlier], [.. unfinished], time), "jobs");
        Receive<HostRoot.Ask>(_ => Sender.Tell(new HostRoot.Desks(jobs, gate, members, journal, feed)));

        JobDesk.PoolSeat StartPool(Technique technique, Place place)
        {
            Func<long, Props>? worker = place.Worker is { } one ? session => Worker.Props(one, catalogue, session) : null;
            var props = Pool.Props(place.Pool, worker, worker is null ? 0 : place.Workers);
            return new(Context.ActorOf(props, technique.Word()), place.Workers, place.Width, place.Start);
        }
    }

    private static int TakeOver(IJournalStore store, AcceptedJob job, Catalogue catalogue)
    {
        var deaths = 0;
        Try(
            () => deaths = store.TakeOver(job.Summary.Job, goesOn: catalogue.Lacks(job.Summary.Kind, job.Order.KindVersion) is null),
            $"that this host takes over job {job.Summary.Job}"
        );
        return deaths;
    }

    // A host that can't write says so when it is asked for something; until then it can be asked.
    private static void Try(Action write, string what)
    {
        try
        {
            write();
        }
        catch (StoreException error)
        {
            Context.GetLogger().Error(error, Event.JournalFailed, "to write {What}: {Reason}", what, error.Message);
        }
    }

    /// <summary>
    /// A child that breaks is a bug of ours. It keeps its state and drops the message that broke it, because a job's pieces and a node's
    /// lease hang on that state; the log has the bug.
    /// </summary>
    protected override SupervisorStrategy SupervisorStrategy() => new OneForOneStrategy(_ => Directive.Resume);
}
