using Akka.Actor;
using Mailroom.Batches;
using Mailroom.Client;
using Mailroom.Jobs;
using Mailroom.Kinds;
using Mailroom.Model;
using Mailroom.Nodes;

namespace Mailroom.Observe;

public sealed class FeedSpecs : ActorSpec
{
    private readonly IActorRef _feed;

    public FeedSpecs() => _feed = Sys.ActorOf(Props.Create(() => new Parent()), "parent").Ask<IActorRef>("feed").Result;

    [Fact]
    public void Watcher_should_first_get_all_that_there_is()
    {
        Publish(Job(2), Job(1), Node("node-1", NodeState.Up));
        var all = Next(0);
        Assert.Equal([1, 2], all.Jobs.Select(job => job.Job));
        Assert.Equal(["node-1"], all.Nodes.Select(node => node.Name));
        Assert.Contains("/user/parent/feed", all.Actors.Select(actor => actor.Path));
    }

    [Fact]
    public void Watcher_should_then_get_what_changes_when_it_changes()
    {
        Publish(Job(1), Job(2));
        var known = Next(0);
        _feed.Tell(new Feed.Next(known.Version), TestActor);
        Settle(_feed);
        ExpectNoMsg(TimeSpan.Zero);
        Publish(Job(2, done: 5));
        var changes = ExpectMsg<Feed.Changes>();
        Assert.Equal((2, 5), (changes.Jobs.Single().Job, changes.Jobs.Single().Pieces.Done));
        Assert.Empty(changes.Nodes);
    }

    [Fact]
    public void Slow_watcher_should_get_the_newest_and_no_backlog()
    {
        Publish(Job(1));
        var known = Next(0);
        for (var done = 1; done <= 1_000; done++)
            Publish(Job(1, done));
        var changes = Next(known.Version);
        Assert.Equal(1_000, changes.Jobs.Single().Pieces.Done);
        Assert.True(changes.Version >= known.Version + 1_000);
    }

    [Fact]
    public void Watcher_of_one_job_should_hear_of_no_other()
    {
        Publish(Job(1));
        _feed.Tell(new Feed.Next(Next(0).Version, Job: 1), TestActor);
        Publish(Job(2), Node("node-1", NodeState.Up));
        Settle(_feed);
        ExpectNoMsg(TimeSpan.Zero);
        Publish(Job(1, done: 3));
        Assert.Equal(3, ExpectMsg<Feed.Changes>().Jobs.Single().Pieces.Done);
    }

    [Fact]
    public void Job_that_is_forgotten_should_not_be_told_any_more()
    {
        Publish(Job(1), new JobDesk.Forgotten(1));
        Assert.Empty(Next(0).Jobs);
    }

    [Fact]
    public void Watcher_that_takes_its_time_should_still_hear_that_a_node_is_gone()
    {
        Publish(Node("node-1", NodeState.Up));
        var known = Next(0);
        Publish(Node("node-1", NodeState.Gone), new Gate.Forgotten("node-1"));
        Assert.Equal(NodeState.Gone, Next(known.Version).Nodes.Single().State);
    }

    [Fact]
    public void Nodes_that_are_gone_should_not_be_kept_for_ever()
    {
        var known = Next(0);
        for (var number = 1; number <= 1_000; number++)
            Publish(Node($"node-{number}", NodeState.Gone), new Gate.Forgotten($"node-{number}"));
        Publish(Node("node-1000", NodeState.Up)); // it is there again
        Assert.Equal(256, Next(known.Version).Nodes.Length);
        Assert.Equal(["node-1000"], Next(0).Nodes.Select(node => node.Name)); // who is new needs no ghosts
    }

    [Fact]
    public void Watcher_should_be_answered_within_a_second_though_nothing_changes()
    {
        var known = Next(0);
        _feed.Tell(new Feed.Next(known.Version, Job: 9), TestActor);
        Clock.Advance(TimeSpan.FromSeconds(1));
        Assert.True(ExpectMsg<Feed.Changes>().IsEmpty);
        _feed.Tell(new Feed.Next(known.Version), TestActor);
        Assert.NotEmpty(ExpectMsg<Feed.Changes>().Actors); // whose mailboxes were looked at anew
    }

    private Feed.Changes Next(long after)
    {
        _feed.Tell(new Feed.Next(after), TestActor);
        return ExpectMsg<Feed.Changes>();
    }

    private void Publish(params object[] changes)
    {
        foreach (var change in changes)
            Sys.EventStream.Publish(change);
    }

    private static JobDesk.Changed Job(int number, int done = 0) =>
        new(
            new JobSummary(
                number,
                "test",
                Technique.Threads,
                JobState.Running,
                null,
                Priority.Normal,
                DateTimeOffset.UnixEpoch,
                new PieceCounts(10, done, 0, 0),
                0,
                1,
                null
            )
        );

    private static Gate.Changed Node(string name, NodeState state) =>
        new(new NodeReport(name, state, true, null, null, 0, DateTimeOffset.UnixEpoch, 0, null));

    private sealed class Parent : ReceiveActor
    {
        public Parent()
        {
            var feed = Feed.Start(Context);
            Receive<string>(_ => Sender.Tell(feed));
        }
    }
}
