using System.Runtime.CompilerServices;
using Akka.Actor;
using Mailroom.Client;
using Mailroom.Door;
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
using Mailroom.Sending;

namespace Mailroom.Host.Control;

/// <summary>The host in this process.</summary>
internal sealed class LocalMailroom(ActorSystem system, HostRoot.Desks desks, Catalogue catalogue, LogStore logs, string version)
    : IMailroom
{
    private static readonly TimeSpan AnswerTimeout = TimeSpan.FromSeconds(10);
    private const int MaxNodes = 256;

    public async Task<int> SendAsync(JobRequest request, CancellationToken cancellation)
    {
        request.Check();
        var kind = catalogue.Find(request.Kind);
        if (request.By is { } by && !kind.Techniques.Contains(by))
            throw new UserError(
                $"{kind.Name} can't be run by {by.Word()}, only by "
                    + $"{string.Join(", ", kind.Techniques.Select(technique => technique.Word()))}"
            );
        var work = kind.Bind(request.Arguments, request.Directory);
        request = await PlacedAsync(request, work, cancellation);
        return await Ask(desks.Jobs, new JobDesk.Send(request, work, catalogue.VersionOf(kind.Name)), cancellation) switch
        {
            JobDesk.Accepted accepted => accepted.Job,
            JobDesk.Refused refused => throw new UserError(refused.Reason, ExitCode.Refused) { IsPassing = refused.IsStopping },
            var other => throw Unexpected(other),
        };
    }

    public async Task<IReadOnlyList<JobSummary>> JobsAsync(CancellationToken cancellation) =>
        ((JobDesk.Listed)await Ask(desks.Jobs, new JobDesk.List(), cancellation)).Jobs;

    public async Task<JobDetail> JobAsync(int job, CancellationToken cancellation) =>
        Detail(await Ask(desks.Jobs, new JobDesk.Show(job), cancellation), job);

    public async IAsyncEnumerable<JobDetail> FollowAsync(int job, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var end = desks.Jobs.Ask(new JobDesk.Wait(job), Timeout.InfiniteTimeSpan, cancellation);
        for (var version = 0L; ; )
        {
            var next = NextAsync(new Feed.Next(version, job), cancellation);
            if (await Task.WhenAny(end, next).ConfigureAwait(false) == end)
                break;
            var changes = await next.ConfigureAwait(false);
            version = changes.Version;
            // How it ended is told below.
            if (
                changes.Jobs is [{ HasEnded: false }]
                && await JobAsync(job, cancellation).ConfigureAwait(false) is { Summary.HasEnded: false } now
            )
                yield return now;
        }
        yield return Detail(await end.ConfigureAwait(false), job);
    }

    public async IAsyncEnumerable<Feed.Changes> WatchAsync([EnumeratorCancellation] CancellationToken cancellation)
    {
        for (var version = 0L; ; )
        {
            var changes = await NextAsync(new Feed.Next(version), cancellation).ConfigureAwait(false);
            version = changes.Version;
            yield return changes;
        }
    }

    public async Task<JobDetail> CancelAsync(int job, CancellationToken cancellation) =>
        Detail(await desks.Jobs.Ask(new JobDesk.Cancel(job), Timeout.InfiniteTimeSpan, cancellation), job);

    public async Task<JobDetail> PauseAsync(int job, CancellationToken cancellation) =>
        Detail(await Ask(desks.Jobs, new JobDesk.Pause(job), cancellation), job);

    public async Task<JobDetail> ResumeAsync(int job, CancellationToken cancellation) =>
        Detail(await Ask(desks.Jobs, new JobDesk.Resume(job), cancellation), job);

    public async Task<JobDetail> RetryAsync(int job, CancellationToken cancellation) =>
        Detail(await Ask(desks.Jobs, new JobDesk.Retry(job), cancellation), job);

    public async Task<AcceptedJob> OrderAsync(int job, CancellationToken cancellation) =>
        await Ask(desks.Jobs, new JobDesk.Order(job), cancellation) switch
        {
            AcceptedJob order => order,
            JournalWriter.NoSuchJob => throw new UserError($"there is no job {job}; 'mailroom jobs' lists them", ExitCode.NotFound),
            var other => throw Unexpected(other),
        };

    public async Task<IReadOnlyList<int>> RemoveAsync(int? job, DateTimeOffset before, CancellationToken cancellation) =>
        await Ask(desks.Jobs, new JobDesk.Remove(job, before), cancellation) switch
        {
            JobDesk.Removed removed => removed.Jobs,
            var answer => throw Refused(answer, job ?? 0),
        };

    public async Task<IReadOnlyList<NodeReport>> NodesAsync(CancellationToken cancellation) =>
        ((Gate.Listed)await Ask(desks.Nodes, new Gate.List(), cancellation)).Nodes;

    public async Task<IReadOnlyList<NodeReport>> AddNodesAsync(int count, CancellationToken cancellation) =>
        count is < 1 or > MaxNodes
            ? throw new UserError($"count is {count}, but it takes 1 to {MaxNodes}")
            : ((Gate.Listed)await Ask(desks.Nodes, new Gate.Add(count), cancellation)).Nodes;

    public async Task<IReadOnlyList<NodeReport>> RetireNodeAsync(string name, bool now, CancellationToken cancellation) =>
        await Ask(desks.Nodes, new Gate.Retire(name, now), cancellation) is Gate.Unknown unknown
            ? throw new UserError(
                $"there is no node '{Visible.Text(name)}'{Nearest.Hint(name, unknown.Names)}; 'mailroom nodes' lists them",
                ExitCode.NotFound
            )
            : await NodesAsync(cancellation).ConfigureAwait(false);

    public Task<HostDocument> HostAsync(CancellationToken cancellation) =>
        Task.FromResult(new HostDocument(version, Environment.ProcessId, $"{DoorSetup.Of(system)!.Bound}"));

    public async Task<InvitationDocument> InviteAsync(string? name, TimeSpan ttl, CancellationToken cancellation) =>
        await Ask(desks.Members, new Membership.Invite(name, ttl), cancellation) switch
        {
            Membership.Invited made => new(made.Name, made.Until.UtcDateTime, made.Invitation.ToString(), [.. made.Invitation.Hosts]),
            Membership.Refused refused => throw new UserError(refused.Reason, ExitCode.Refused),
            var other => throw Unexpected(other),
        };

    public async Task<IReadOnlyList<MemberDocument>> MembersAsync(CancellationToken cancellation)
    {
        var listed = (Membership.Listed)await Ask(desks.Members, new Membership.List(), cancellation);
        return
        [
            .. listed.Invitations.Select(invited => new MemberDocument(invited.Name, "invited", invited.Until.UtcDateTime)),
            .. listed.Members.Select(member => new MemberDocument(
                member.Name,
                "member",
                member.Until.UtcDateTime,
                member.Since.UtcDateTime
            )),
        ];
    }

    public async Task<IReadOnlyList<MemberDocument>> RevokeAsync(string name, CancellationToken cancellation) =>
        await Ask(desks.Members, new Membership.Revoke(name), cancellation) switch
        {
            Membership.Revoked => await MembersAsync(cancellation).ConfigureAwait(false),
            Membership.Unknown unknown => throw new UserError(
                $"nobody named '{Visible.Text(name)}' is invited or a member{Nearest.Hint(name, unknown.Names)}; 'mailroom nodes invites' "
                    + "lists them, and 'mailroom nodes stop' sends any node away",
                ExitCode.NotFound
            ),
            Membership.Refused refused => throw new UserError(refused.Reason, ExitCode.Refused),
            var other => throw Unexpected(other),
        };

    public async Task<RotationDocument> RotateAsync(bool finish, CancellationToken cancellation) =>
        await Ask(desks.Members, new Membership.Rotate(finish), cancellation) switch
        {
            Membership.Rotating now => new(now.Authority, now.Before, [.. now.Moved], [.. now.Left]),
            Membership.Refused refused => throw new UserError(refused.Reason, ExitCode.Refused),
            var other => throw Unexpected(other),
        };

    public async Task<IReadOnlyList<ActorReport>> ActorsAsync(CancellationToken cancellation)
    {
        var nodes = await NodesAsync(cancellation).ConfigureAwait(false);
        return [.. Roster.Of(system).Report("host"), .. nodes.SelectMany(node => node.Actors)];
    }

    public async Task<IReadOnlyList<Usage>> UsageAsync(CancellationToken cancellation)
    {
        var nodes = await NodesAsync(cancellation).ConfigureAwait(false);
        return [Usage.Now("host"), .. nodes.Select(node => node.Usage).OfType<Usage>()];
    }

    public IAsyncEnumerable<LogLine> LogsAsync(LogQuery query, bool follow, CancellationToken cancellation) =>
        logs.LinesAsync(query, follow, until => FetchLogsAsync(query.Node, until), cancellation);

    public async Task FetchLogsAsync(string? node, CancellationToken cancellation)
    {
        try
        {
            var far = (await NodesAsync(cancellation).ConfigureAwait(false)).Where(one =>
                !one.Own && one.State is NodeState.Up or NodeState.Draining && (node is null || node == one.Name)
            );
            var fetches = far.Select(one => Ask(desks.Nodes, new Gate.FetchLogs(one.Name), cancellation));
            await Task.WhenAll(fetches).ConfigureAwait(false);
        }
        catch (AskTimeoutException)
        {
            // somebody has ended meanwhile, or is busy; what was fetched before is there
        }
    }

    /// <summary>
    /// A job that names nodes, or sends files to them, is one by processes; where it names some, there must be such nodes.
    /// </summary>
    private async Task<JobRequest> PlacedAsync(JobRequest request, IWork work, CancellationToken cancellation)
    {
        SentFiles.Check(request, work);
        if (request.Nodes is null && request.Send is null)
            return request;
        if (request.By is { } by && by != Technique.Processes)
            throw new UserError($"nodes run jobs by processes, but this one is to be run by {by.Word()}; leave out one of the two");
        if (!work.Kind.Techniques.Contains(Technique.Processes))
            throw new UserError($"{work.Kind.Name} can't be run by processes, and so not on nodes");
        if (request.Nodes is null)
            return request with { By = Technique.Processes };
        var members = (Membership.Listed)await Ask(desks.Members, new Membership.List(), cancellation);
        var away = members.IsFound ? members.Members.Select(member => new Site(member.Name, member.Labels ?? [], IsHere: false)) : [];
        var find = new Gate.Find(Placement.Of(request, work), [.. away]);
        return await Ask(desks.Nodes, find, cancellation) is Gate.NotFound none
            ? throw new UserError(none.Reason, ExitCode.Refused)
            : request with
            {
                By = Technique.Processes,
            };
    }

    /// <summary>The feed answers within a second; if it does not, this process was stopped meanwhile, or is ending.</summary>
    private async Task<Feed.Changes> NextAsync(Feed.Next next, CancellationToken cancellation)
    {
        for (; ; )
        {
            try
            {
                return await desks.Feed.Ask<Feed.Changes>(next, AnswerTimeout, cancellation).ConfigureAwait(false);
            }
            catch (AskTimeoutException) when (!system.WhenTerminated.IsCompleted)
            {
                // asked again
            }
        }
    }

    private static Task<object> Ask(IActorRef actor, object question, CancellationToken cancellation) =>
        actor.Ask(question, AnswerTimeout, cancellation);

    private static JobDetail Detail(object answer, int job) => answer as JobDetail ?? throw Refused(answer, job);

    private static Exception Refused(object answer, int job) =>
        answer switch
        {
            JournalWriter.NoSuchJob or JobDesk.NotFound => new UserError(
                $"there is no job {job}; 'mailroom jobs' lists them",
                ExitCode.NotFound
            ),
            JobDesk.Refused refused => new UserError(refused.Reason, ExitCode.Refused) { IsPassing = refused.IsStopping },
            _ => Unexpected(answer),
        };

    private static InvalidOperationException Unexpected(object answer) => new($"an actor answered with {answer.GetType()}");
}
