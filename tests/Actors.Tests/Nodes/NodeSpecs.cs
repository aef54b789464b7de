using Akka.Actor;
using Akka.TestKit;
using Mailroom.Batches;
using Mailroom.Client;
using Mailroom.Inspection;
using Mailroom.Kinds;
using Mailroom.Pools;
using Mailroom.Sending;

namespace Mailroom.Nodes;

public class GateSpecs : ActorSpec
{
    private static readonly Gate.Settings Settings = TestSettings.Default.OfGate("1.0") with
    {
        Nodes = 1,
        MaxMemory = 1_000_000_000,
        MaxPieces = 10,
    };

    private readonly TestProbe _pool;
    private readonly TestLauncher _launcher = new();
    private readonly DirectoryInfo _logs = Directory.CreateTempSubdirectory("mailroom-logs");
    private readonly IActorRef _gate;

    public GateSpecs()
    {
        _pool = CreateTestProbe("pool");
        _gate = Sys.ActorOf(
            Gate.Props(
                Settings with
                {
                    Logs = _logs.FullName,
                },
                new Catalogue([new TestKind()]),
                _pool,
                _launcher,
                TestActor,
                new TestTime(Clock)
            ),
            "nodes"
        );
        _pool.ExpectMsg<Pool.Supply>();
        IgnoreMessages(message => message is Members.Membership.Joined);
    }

    protected override void AfterAll()
    {
        base.AfterAll();
        _logs.Delete(recursive: true);
    }

    private static Gate.Join Join(int pid = 1, string version = "1.0") => new(Guid.NewGuid(), pid, "machine", version, 2, []);

    private FarNode JoinByHand(string name = "mine") => new FarNode(this, name).Join(_gate, Join());

    /// <summary>Knocks, and gives the reason why it is not let in.</summary>
    private string Refused(Gate.Join join, string name = "mine")
    {
        Clock.Advance(TimeSpan.FromSeconds(0.5)); // it may have been in just now
        var node = new FarNode(this, name);
        node.Knock(_gate, join);
        return node.Expect<Gate.Refused>().Reason;
    }

    private TestLauncher.Process StartOwn()
    {
        _gate.Tell(new Gate.Start(1));
        return _launcher.Next();
    }

    private (FarNode Node, TestLauncher.Process Process) OwnUp()
    {
        var process = StartOwn();
        return (new FarNode(this, "node-1").Join(_gate, Join(process.Pid)), process);
    }

    private NodeReport Report(string name)
    {
        // What the keeper has told the gate is heard there first.
        var probe = CreateTestProbe();
        Sys.ActorSelection(_gate.Path / name).Tell(new Identify(name), probe.Ref);
        probe.ExpectMsg<ActorIdentity>();
        Settle(_gate);
        _gate.Tell(new Gate.List(), TestActor);
        return ExpectMsg<Gate.Listed>().Nodes.Single(node => node.Name == name);
    }

    /// <summary>Both workers of a node.</summary>
    private Pool.Gone AllGone()
    {
        OfPool<Pool.Gone>();
        return OfPool<Pool.Gone>();
    }

    private T OfPool<T>() => (T)_pool.FishForMessage(message => message is T);

    [Fact]
    public void Gate_should_tell_the_world_how_a_node_stands()
    {
        var world = CreateTestProbe();
        Sys.EventStream.Subscribe(world.Ref, typeof(Gate.Changed));
        JoinByHand();
        Assert.Equal("mine", world.FishForMessage<Gate.Changed>(changed => changed.Node.State == NodeState.Up).Node.Name);
        _gate.Tell(new Gate.Retire("mine", Now: false), TestActor);
        world.FishForMessage<Gate.Changed>(changed => changed.Node.State == NodeState.Draining);
    }

    [Fact]
    public void Gate_should_let_a_node_in_under_the_name_of_its_certificate()
    {
        var node = JoinByHand();
        Assert.Equal((NodeState.Up, false, 2), (Report("mine").State, Report("mine").Own, Report("mine").Workers));
    }

    [Theory]
    [InlineData("2.0", 2, "it has version 2.0, the host has 1.0; the first two numbers must be the same")]
    [InlineData("1.1.3+abc", 2, "it has version 1.1.3+abc, the host has 1.0; the first two numbers must be the same")]
    [InlineData("1.0", 0, "it has 0 workers, but may have 1 to 256")]
    [InlineData("1.0", int.MaxValue, "it has 2147483647 workers, but may have 1 to 256")]
    public void Gate_should_refuse_a_node_with_the_reason(string version, int workers, string expected)
    {
        Assert.Equal(expected, Refused(Join(version: version) with { Workers = workers }));
        _pool.ExpectNoMsg(TimeSpan.Zero);
    }

    [Theory]
    [InlineData("1.0.7")]
    [InlineData("1.0.0+0123456789abcdef")]
    [InlineData("1.0.1-beta")]
    public void Gate_should_let_any_patch_in(string version) => new FarNode(this, "mine").Join(_gate, Join(version: version));

    [Fact]
    public void Gate_should_refuse_a_node_whose_protocol_it_does_not_speak_and_speak_with_a_newer_one_that_knows_its_own()
    {
        Assert.Equal(
            "it speaks protocols 5 to 6 (version 1.0), the host 1 to 4 (version 1.0)",
            Refused(Join() with { Protocol = 6, LeastProtocol = 5 })
        );
        Assert.Equal(
            "it speaks protocols 0 to 0 (version 1.0), the host 1 to 4 (version 1.0)",
            Refused(Join() with { Protocol = 0, LeastProtocol = 0 }, "older")
        );
        var newer = new FarNode(this, "newer");
        newer.Knock(_gate, Join() with { Protocol = 5, LeastProtocol = 1 });
        Assert.Equal(4, newer.Expect<Gate.Welcome>().Protocol);
    }

    [Fact]
    public void Gate_should_refuse_odd_labels_and_show_good_ones()
    {
        const string odd = ", or odd ones, but it may have 16, words of letters, digits, '.', '_' and '-'";
        Assert.Equal("it has 1 label" + odd, Refused(Join() with { Labels = ["a b"] }));
        Assert.Equal("it has 17 labels" + odd, Refused(Join() with { Labels = [.. Enumerable.Repeat("a", 17)] }));
        new FarNode(this, "mine").Join(_gate, Join() with { Labels = ["gpu", "fast"] });
        Assert.Equal(["gpu", "fast"], Report("mine").Labels);
    }

    private object Find(params string[] nodes)
    {
        _gate.Tell(new Gate.Find(new Placement(nodes, IsHere: false), [new Site("away", ["tpu"], IsHere: false)]), TestActor);
        return ExpectMsg<object>();
    }

    [Fact]
    public void Gate_should_find_where_a_job_may_run_or_say_what_there_is()
    {
        new FarNode(this, "mine").Join(_gate, Join() with { Labels = ["gpu"] });
        Assert.Equal(["gpu"], Report("mine").Labels);
        foreach (var wish in new[] { "mine", "gpu", "node-1", "aw*", "tpu" })
            Assert.IsType<Gate.Found>(Find(wish));
        Assert.Equal(
            "there is no node with the name or label 'npu'; there are node-1, mine (gpu) elsewhere, away (tpu) elsewhere",
            Assert.IsType<Gate.NotFound>(Find("npu")).Reason
        );
    }

    [Fact]
    public void Own_node_that_was_sent_away_should_not_be_found_as_long_as_it_does_not_come()
    {
        var (_, process) = OwnUp();
        Assert.IsType<Gate.Found>(Find("node-1"));
        _gate.Tell(new Gate.Retire("node-1", Now: true), TestActor);
        ExpectMsg<Gate.Retired>();
        Assert.IsType<Gate.NotFound>(Find("node-*"));
        process.End(0);
        OfPool<Pool.WorkersAway>();
        Assert.IsType<Gate.NotFound>(Find("node-*"));
        _gate.Tell(new Gate.Add(1), TestActor);
        ExpectMsg<Gate.Listed>();
        Assert.IsType<Gate.Found>(Find("node-*"));
    }

    [Fact]
    public void Own_nodes_should_have_the_labels_of_the_hosts_settings_and_jobs_that_name_one_start_all()
    {
        var gate = Sys.ActorOf(
            Gate.Props(
                Settings with
                {
                    Nodes = 3,
                    Labels = ["gpu"],
                },
                new Catalogue([new TestKind()]),
                _pool,
                _launcher,
                TestActor,
                new TestTime(Clock)
            ),
            "labelled"
        );
        gate.Tell(new Pool.WorkersNeeded(1, new Placement(["node-3"], IsHere: false)));
        foreach (var name in new[] { "node-1", "node-2", "node-3" })
            _launcher.Next();
        gate.Tell(new Gate.List(), TestActor);
        Assert.All(ExpectMsg<Gate.Listed>().Nodes, node => Assert.Equal(["gpu"], node.Labels));
    }

    [Fact]
    public void Node_should_not_be_called_as_the_host_is() =>
        Assert.Equal("host is what the host itself is called in logs and lists; choose another name with --name", Refused(Join(), "host"));

    [Fact]
    public void Gate_should_fetch_the_log_of_a_far_node_and_of_no_other()
    {
        var node = new FarNode(this, "mine").Join(_gate, Join());
        var (own, _) = OwnUp();
        var older = new FarNode(this, "older").Join(_gate, Join() with { Protocol = 1 });
        foreach (var name in new[] { "node-1", "older", "nobody" })
        {
            _gate.Tell(new Gate.FetchLogs(name), TestActor);
            ExpectMsg<FarLogs.Fetched>();
        }
        _gate.Tell(new Gate.FetchLogs("mine"), TestActor);
        Assert.Empty(node.Fish<Keeper.TellLogs>().Known);
        var line = new Logs.LogLine(Clock.Now, Logs.Severity.Info, "piece.said", "mine", "/user/node", null, null, "here", null, []);
        byte[] bytes = [.. System.Text.Encoding.UTF8.GetBytes(line.ToJson().ToJsonString()), (byte)'\n'];
        node.Tell(new Keeper.Logs(new Logs.LogPart("20260102-030405-mine-1.jsonl", 0, bytes), Clock.Now.AddHours(1)));
        Assert.Equal(bytes.Length, Assert.Single(node.Fish<Keeper.TellLogs>().Known).Bytes);
        node.Tell(new Keeper.Logs(null, Clock.Now));
        ExpectMsg<FarLogs.Fetched>();
        var read = Assert.Single(new Logs.LogStore(_logs.FullName, TimeProvider.System).Read(new Logs.LogQuery()));
        Assert.Equal("here", read.Text);
        Assert.Equal(Clock.Now.AddHours(-1), read.At, TimeSpan.FromMilliseconds(1)); // files tell microseconds
    }

    private Pool.FilesNeeded FilesFor(FarNode node, string name)
    {
        var work = TestKind.Work(null, "ok");
        var request = new JobRequest("test", [], _logs.FullName, Send: ["."]);
        File.WriteAllText(Path.Combine(_logs.FullName, "a"), "content");
        return new Pool.FilesNeeded(1, name, node.Session, SentFiles.Of(request, work)!);
    }

    [Fact]
    public void Gate_should_give_a_far_node_the_files_of_a_job_and_tell_the_pool_when_it_has_them()
    {
        var node = new FarNode(this, "mine").Join(_gate, Join());
        var needed = FilesFor(node, "mine");
        _gate.Tell(needed);
        var take = node.Fish<Keeper.TakeFiles>();
        node.Tell(new Keeper.WantFile(1, 0, 0));
        var list = Manifest.Read(node.Fish<Keeper.FilePart>().Bytes);
        Assert.Equal((take.Hash, take.Bytes), (list.Sha256, list.Form.Length));
        node.Tell(new Keeper.WantFile(1, 2, 0)); // there is none
        node.Tell(new Keeper.WantFile(2, 1, 0)); // of a job that sends none
        node.Tell(new Keeper.WantFile(1, 1, 3));
        Assert.Equal("tent", System.Text.Encoding.UTF8.GetString(node.Fish<Keeper.FilePart>().Bytes.Span));
        node.Tell(new Keeper.HaveFiles(1, new string('0', 64))); // as it was when the job was run before
        node.Tell(new Keeper.HaveFiles(1, take.Hash));
        node.Tell(new Keeper.HaveFiles(1, take.Hash));
        Assert.Equal(new Pool.FilesThere(1, node.Session, needed.Files, null), OfPool<Pool.FilesThere>());
        node.Tell(new Keeper.WantFile(1, 1, 0)); // asked twice, because the answer was late
        node.Tell(new Keeper.WantFile(2, 1, 0)); // of a job that is over, which it did not hear
        Assert.Equal(2, node.Fish<Keeper.DropFiles>().Job);
        _gate.Tell(new Pool.FilesDone(1, "mine", node.Session));
        Assert.Equal(1, node.Fish<Keeper.DropFiles>().Job);
        _pool.ExpectNoMsg(TimeSpan.Zero);
        Assert.Equal(NodeState.Up, Report("mine").State);
    }

    [Fact]
    public void Files_that_can_not_be_sent_or_taken_should_be_told_the_pool()
    {
        var older = new FarNode(this, "older").Join(_gate, Join() with { Protocol = 3 });
        _gate.Tell(FilesFor(older, "older"));
        Assert.Equal("has version 1.0, which takes no files of jobs", OfPool<Pool.FilesThere>().Wrong);
        var node = new FarNode(this, "mine").Join(_gate, Join());
        _gate.Tell(FilesFor(node, "mine"));
        node.Tell(new Keeper.HaveFiles(1, node.Fish<Keeper.TakeFiles>().Hash, "the disk is full"));
        Assert.Equal("can't have its files: the disk is full", OfPool<Pool.FilesThere>().Wrong);
        var needed = FilesFor(node, "mine");
        File.Delete(Path.Combine(_logs.FullName, "a"));
        Directory.CreateSymbolicLink(Path.Combine(_logs.FullName, "b"), "b");
        _gate.Tell(
            needed with
            {
                Files = SentFiles.Of(new JobRequest("test", [], _logs.FullName, Send: ["b"]), TestKind.Work(null, "ok"))!,
            }
        );
        Assert.StartsWith("can't be sent its files: ", OfPool<Pool.FilesThere>().Wrong);
    }

    [Fact]
    public void Clock_that_can_not_be_and_a_folder_that_is_gone_should_cost_a_far_node_nothing()
    {
        var node = new FarNode(this, "mine").Join(_gate, Join());
        _gate.Tell(new Gate.FetchLogs("mine"), TestActor);
        node.Fish<Keeper.TellLogs>();
        var line = new Logs.LogLine(Clock.Now, Logs.Severity.Info, "piece.said", "mine", "/user/node", null, null, "here", null, []);
        byte[] bytes = [.. System.Text.Encoding.UTF8.GetBytes(line.ToJson().ToJsonString()), (byte)'\n'];
        node.Tell(
            new Keeper.Logs(new Logs.LogPart("20260102-030405-mine-1.jsonl", 0, bytes), new DateTimeOffset(9000, 1, 1, 0, 0, 0, default))
        );
        node.Fish<Keeper.TellLogs>();
        node.Tell(new Keeper.Logs(null, Clock.Now));
        ExpectMsg<FarLogs.Fetched>();
        _logs.Delete(recursive: true);
        _gate.Tell(new Gate.FetchLogs("mine"), TestActor);
        ExpectMsg<FarLogs.Fetched>();
        Assert.Equal(NodeState.Up, Report("mine").State);
        _logs.Create();
    }

    [Fact]
    public void Node_that_lies_should_be_barred_however_often_it_joins_anew()
    {
        for (var time = 0; time < 3; time++)
        {
            Clock.Advance(TimeSpan.FromSeconds(0.5));
            var node = JoinByHand();
            node.Tell(new Keeper.Logs(null, Clock.Now));
            Settle(node.Keeper);
            if (time < 2)
                node.Tell(new Keeper.Left());
            Settle(node.Keeper);
        }
        Assert.Contains("3 times what can't be", Refused(Join()));
    }

    [Fact]
    public async Task Node_that_does_not_tell_its_log_should_keep_nobody_waiting_and_one_that_tells_it_unasked_be_sent_away()
    {
        var node = new FarNode(this, "mine").Join(_gate, Join());
        _gate.Tell(new Gate.FetchLogs("mine"), TestActor);
        node.Fish<Keeper.TellLogs>();
        Clock.Advance(TimeSpan.FromSeconds(3));
        ExpectMsg<FarLogs.Fetched>();
        _gate.Tell(new Gate.FetchLogs("mine"), TestActor); // it is not asked twice, as long as it owes an answer
        Settle(_gate);
        Settle(node.Keeper);
        Settle(await Sys.ActorSelection(node.Keeper.Path / "logs").ResolveOne(TimeSpan.FromSeconds(10)));
        Clock.Advance(TimeSpan.FromSeconds(3));
        ExpectMsg<FarLogs.Fetched>();
        for (var time = 0; time < 4; time++) // the first comes late
            node.Tell(new Keeper.Logs(null, Clock.Now));
        Assert.Contains("its log, for which nobody had asked", node.Fish<Keeper.Dismissed>().Reason);
    }

    [Fact]
    public void Gate_should_start_no_nodes_for_a_job_that_may_not_run_there()
    {
        _gate.Tell(new Pool.WorkersNeeded(null, new Placement(["gpu-*"], IsHere: false)));
        OfPool<Pool.WorkersAway>();
        Assert.False(_launcher.HasMore);
        _gate.Tell(new Pool.WorkersNeeded(null, new Placement(["node-*"], IsHere: true)));
        _launcher.Next();
    }

    [Fact]
    public void Gate_should_not_listen_to_an_actor_that_belongs_to_no_node()
    {
        _gate.Tell(new Parcel(0, 0, Join()), TestActor);
        Settle(_gate);
        ExpectNoMsg(TimeSpan.Zero);
        _pool.ExpectNoMsg(TimeSpan.Zero);
    }

    [Fact]
    public void Gate_should_refuse_a_node_that_has_another_version_of_a_kind()
    {
        Assert.Equal(
            "it has another test: My 1.0 (sha256 abc), but the host has the one of Mailroom itself; both need the same assembly",
            Refused(
                Join() with
                {
                    Kinds = [new Gate.OwnKind("unknown", "My 1.0 (sha256 abc)"), new Gate.OwnKind("test", "My 1.0 (sha256 abc)")],
                }
            )
        );
    }

    [Fact]
    public void Node_whose_certificate_was_revoked_should_go_at_once_and_may_come_with_another()
    {
        var node = JoinByHand();
        Sys.EventStream.Publish(new Members.Membership.Revoked("mine"));
        var told = node.Fish<Keeper.Retire>();
        Assert.Equal((true, "its certificate was revoked"), (told.Now, told.Reason));
        Assert.Contains("its certificate was revoked", AllGone().Reason);
        Clock.Advance(TimeSpan.FromSeconds(1));
        Settle(_gate);
        Assert.Equal(NodeState.Gone, Report("mine").State);
        JoinByHand();
        Assert.Equal(NodeState.Up, Report("mine").State);
    }

    [Fact]
    public void Pool_should_hear_how_far_a_node_is_when_that_changes_and_no_more_than_can_be()
    {
        var node = JoinByHand();
        node.Tell(new Keeper.Renew(Usage.Now("mine"), [], TimeSpan.FromMilliseconds(100)));
        Assert.Equal(
            (node.Session, TimeSpan.FromMilliseconds(100)),
            OfPool<Pool.Distance>() is var far ? (far.Session, far.RoundTrip) : default
        );
        node.Tell(new Keeper.Renew(Usage.Now("mine"), [], TimeSpan.FromMilliseconds(90)));
        node.Tell(new Keeper.Renew(Usage.Now("mine"), [], TimeSpan.FromHours(1)));
        Assert.Equal(TimeSpan.FromSeconds(2), OfPool<Pool.Distance>().RoundTrip);
    }

    [Fact]
    public void Own_node_should_not_be_touched_when_a_member_of_its_name_is_revoked()
    {
        OwnUp();
        Sys.EventStream.Publish(new Members.Membership.Revoked("node-1"));
        Settle(_gate);
        Assert.Equal(NodeState.Up, Report("node-1").State);
    }

    [Fact]
    public void Member_should_get_its_next_certificate_through_its_keeper_and_not_too_often()
    {
        var node = JoinByHand();
        node.Tell(new Keeper.Certify([1, 2, 3]));
        var renew = ExpectMsg<Members.Membership.Renew>();
        Assert.Equal(("mine", 3), (renew.Name, renew.Request.Length));
        LastSender.Tell(new Members.Membership.Granted("mine", "certificate", "authority"));
        Assert.Equal("certificate", node.Fish<Keeper.Certified>().Certificate);
        node.Tell(new Keeper.Certify([1, 2, 3]));
        Settle(node.Keeper);
        ExpectNoMsg(TimeSpan.Zero);
        Clock.Advance(TimeSpan.FromSeconds(5));
        node.Tell(new Keeper.Certify([1, 2, 3]));
        ExpectMsg<Members.Membership.Renew>();
    }

    [Fact]
    public void Far_nodes_should_be_told_when_their_certificates_are_those_of_yesterday()
    {
        var node = JoinByHand();
        var (own, _) = OwnUp();
        var older = new FarNode(this, "older").Join(_gate, Join() with { Protocol = 2 });
        Sys.EventStream.Publish(Members.Membership.Outdated.Now);
        node.Fish<Keeper.Recertify>();
        node.Keeper.Tell(Members.Membership.Outdated.Now); // one by itself
        node.Fish<Keeper.Recertify>();
        foreach (var other in new[] { own, older })
        {
            other.Tell(new Keeper.Renew(Usage.Now("x"), []));
            other.Expect<Keeper.Renewed>(); // and nothing before that
        }
    }

    [Fact]
    public void Gate_should_say_that_no_node_is_left_when_the_last_that_was_sent_away_has_ended()
    {
        var (node, process) = OwnUp();
        _gate.Tell(new Gate.Retire("node-1", Now: true), TestActor);
        ExpectMsg<Gate.Retired>();
        Assert.Contains("it was told to stop", AllGone().Reason);
        Assert.Equal("it was told to stop", node.Fish<Keeper.Dismissed>().Reason);
        Settle(_gate);
        _pool.ExpectNoMsg(TimeSpan.Zero); // it may run something still
        process.End(0);
        Assert.Equal("no node is left to run it; 'mailroom nodes add' starts one", OfPool<Pool.WorkersAway>().Reason);
        _gate.Tell(new Pool.WorkersNeeded(null), _pool);
        OfPool<Pool.WorkersAway>();
    }

    [Fact]
    public void Gate_should_refuse_a_second_node_of_the_same_name()
    {
        JoinByHand();
        Assert.Contains("a node named mine is here already (process 1 on machine)", Refused(Join(pid: 2)));
    }

    [Fact]
    public void Gate_should_refuse_a_stranger_under_the_name_of_an_own_node()
    {
        StartOwn();
        Assert.Contains("belongs to a node of the host's own", Refused(Join(pid: 999_999), "node-1"));
    }

    [Fact]
    public void Node_should_be_lost_when_its_lease_ends()
    {
        var node = JoinByHand();
        Clock.Advance(Settings.Lease);
        var gone = OfPool<Pool.Gone>();
        Assert.False(gone.Crashed);
        Assert.Contains("lease ended: no heartbeat for 10.0 s", gone.Reason);
        Assert.Equal(NodeState.Gone, Report("mine").State);
    }

    [Fact]
    public void Node_should_keep_its_lease_by_its_heartbeat()
    {
        var node = JoinByHand();
        for (var i = 0; i < 5; i++)
        {
            Clock.Advance(Settings.Lease * 0.9);
            node.Tell(new Keeper.Renew(Usage.Now("mine"), []));
            node.Expect<Keeper.Renewed>();
        }
        Assert.Equal(NodeState.Up, Report("mine").State);
    }

    [Fact]
    public void Node_should_be_dismissed_when_it_names_a_session_that_is_over()
    {
        var node = JoinByHand();
        Clock.Advance(Settings.Lease);
        OfPool<Pool.Gone>();
        node.Tell(new Keeper.Renew(Usage.Now("mine"), []));
        node.Expect<Keeper.Dismissed>();
    }

    [Fact]
    public void Node_should_come_in_again_with_a_new_session()
    {
        var first = JoinByHand();
        Clock.Advance(Settings.Lease);
        OfPool<Pool.Gone>();
        var second = JoinByHand();
        Assert.NotEqual(first.Session, second.Session);
    }

    [Fact]
    public void Node_should_leave_the_list_when_it_left()
    {
        var node = JoinByHand();
        Watch(node.Keeper);
        node.Tell(new Keeper.Left());
        ExpectTerminated(node.Keeper);
        OfPool<Pool.Gone>();
    }

    [Fact]
    public void Own_node_should_hand_back_its_pieces_at_once_when_its_process_ends_and_be_started_again()
    {
        var (node, process) = OwnUp();
        process.End(137);
        var gone = OfPool<Pool.Gone>();
        Assert.True(gone.Crashed);
        Assert.Contains("killed by signal 9 (SIGKILL)", gone.Reason);
        Assert.Equal((NodeState.Waiting, 1), (Report("node-1").State, Report("node-1").Restarts));
        Assert.Equal(Clock.Now, Report("node-1").EndedAt);
        Clock.Advance(Settings.MinBackoff);
        Assert.NotEqual(process.Pid, _launcher.Next().Pid);
    }

    [Fact]
    public void Own_node_should_wait_twice_as_long_before_each_restart_and_be_given_up_in_the_end()
    {
        var process = StartOwn();
        for (var restart = 0; restart < Settings.MaxRestarts; restart++)
        {
            process.End(1);
            var wait = Settings.MinBackoff * Math.Pow(2, restart);
            AwaitWaiting(restart + 1);
            Clock.Advance(wait - TimeSpan.FromMilliseconds(1));
            Assert.False(_launcher.HasMore);
            Clock.Advance(TimeSpan.FromMilliseconds(1));
            process = _launcher.Next();
        }
        process.End(1);
        Assert.Contains("given up", OfPool<Pool.OutOfWorkers>().Reason);
        Assert.Equal(NodeState.GivenUp, Report("node-1").State);
    }

    [Fact]
    public void Gate_should_say_that_no_node_will_come_when_the_last_that_was_up_is_gone_too()
    {
        JoinByHand();
        var process = StartOwn();
        for (var restart = 0; restart < Settings.MaxRestarts; restart++)
        {
            process.End(1);
            AwaitWaiting(restart + 1);
            Clock.Advance(Settings.MinBackoff * Math.Pow(2, restart));
            process = _launcher.Next();
        }
        process.End(1);
        AwaitAssert(() => Assert.Equal(NodeState.GivenUp, Report("node-1").State));
        Clock.Advance(Settings.Lease); // of the node by hand
        Assert.Contains("given up", OfPool<Pool.OutOfWorkers>().Reason);
    }

    [Fact]
    public void Own_node_that_was_given_up_should_get_another_chance_with_the_next_job()
    {
        Own_node_should_wait_twice_as_long_before_each_restart_and_be_given_up_in_the_end();
        _gate.Tell(new Pool.WorkersNeeded(null), _pool);
        _launcher.Next();
        Settle(_gate);
        _pool.ExpectNoMsg(TimeSpan.Zero); // no word that none will come
    }

    [Fact]
    public void Own_node_should_join_though_the_file_of_a_kind_has_changed_since_the_host_started()
    {
        var process = StartOwn();
        new FarNode(this, "node-1").Join(_gate, Join(process.Pid) with { Kinds = [new Gate.OwnKind("test", "My 1.0 (sha256 abc)")] });
    }

    [Fact]
    public void Node_that_was_sent_away_and_is_started_again_by_hand_should_be_welcome()
    {
        var node = JoinByHand();
        _gate.Tell(new Gate.Retire("mine", Now: false), TestActor);
        ExpectMsg<Gate.Retired>();
        node.Expect<Keeper.Retire>();
        Settle(node.Keeper);
        Clock.Advance(Settings.Lease); // it was lost before it could leave
        AllGone();
        Settle(node.Keeper, _gate);
        while (_pool.HasMessages)
            _pool.ReceiveOne(TimeSpan.Zero); // that no node was left
        var again = JoinByHand();
        again.Tell(new Keeper.Renew(Usage.Now("mine"), []));
        again.Expect<Keeper.Renewed>();
        Assert.Equal(NodeState.Up, Report("mine").State);
        Settle(_gate);
        _pool.ExpectNoMsg(TimeSpan.Zero);
    }

    [Fact]
    public void Own_node_should_be_ended_and_started_again_when_it_does_not_join()
    {
        var process = StartOwn();
        Report("node-1");
        Clock.Advance(Settings.StartTimeout);
        Assert.True(process.Killed.Wait(TimeSpan.FromSeconds(10)));
    }

    [Fact]
    public void Own_node_should_be_ended_when_it_does_not_join_anew_after_its_session()
    {
        var (node, process) = OwnUp();
        node.Tell(new Keeper.Left());
        OfPool<Pool.Gone>();
        Settle(node.Keeper);
        Clock.Advance(Settings.StartTimeout);
        Assert.True(process.Killed.Wait(TimeSpan.FromSeconds(10)));
    }

    [Fact]
    public void Node_that_is_gone_should_be_forgotten_in_the_end()
    {
        var node = JoinByHand();
        Watch(node.Keeper);
        Clock.Advance(Settings.Lease);
        Settle(node.Keeper);
        Clock.Advance(TimeSpan.FromMinutes(10));
        ExpectTerminated(node.Keeper);
    }

    [Fact]
    public void Gate_should_start_own_nodes_only_when_a_job_needs_them_and_only_once()
    {
        Assert.False(_launcher.HasMore);
        _gate.Tell(new Pool.WorkersNeeded(null), _pool);
        _gate.Tell(new Pool.WorkersNeeded(1), _pool);
        _launcher.Next();
        Report("node-1");
        Assert.False(_launcher.HasMore);
    }

    [Fact]
    public void Gate_should_have_stopped_when_its_own_processes_have_ended_and_the_others_are_dismissed()
    {
        var (_, process) = OwnUp();
        var byHand = JoinByHand();
        _gate.Tell(new Gate.Stop(), TestActor);
        byHand.Expect<Keeper.Dismissed>();
        Assert.True(process.Released.Wait(TimeSpan.FromSeconds(10)));
        process.End(0);
        ExpectMsg<Gate.Stopped>();
    }

    [Fact]
    public void Own_node_with_a_stuck_piece_should_be_ended_and_started_again_at_once_as_often_as_it_takes()
    {
        var (node, process) = OwnUp();
        for (var time = 0; time < 2 * Settings.MaxRestarts; time++)
        {
            node.Tell(new Keeper.Stuck("piece 3 of job 1 did not end when it was told to"));
            Assert.False(OfPool<Pool.Gone>().Crashed);
            Assert.True(process.Killed.Wait(TimeSpan.FromSeconds(10)));
            process.End(137);
            process = _launcher.Next();
            Assert.Equal("ended by the host: piece 3 of job 1 did not end when it was told to", Report("node-1").Reason);
            Clock.Advance(TimeSpan.FromSeconds(0.5));
            node.Join(_gate, Join(process.Pid));
        }
    }

    [Fact]
    public void Own_node_with_more_memory_than_it_may_have_should_be_drained_and_started_anew_at_once()
    {
        var (node, process) = OwnUp();
        for (var time = 0; time < 2 * Settings.MaxRestarts; time++)
        {
            node.Tell(new Keeper.Renew(Used(bytes: 1_000_000_000), []));
            node.Expect<Keeper.Renewed>();
            node.Tell(new Keeper.Renew(Used(bytes: 1_000_000_001), []));
            Assert.Equal(new Keeper.Retire(Now: false, IsPatient: true), node.Fish<Keeper.Retire>());
            Assert.Equal(NodeState.Draining, Report("node-1").State);
            node.Tell(new Keeper.Renew(Used(bytes: 2_000_000_000), [])); // said once
            node.Tell(new Pool.Report(1, 1, 5, [Done(0)]), worker: 1);
            node.Tell(new Keeper.Left());
            Assert.False(OfPool<Pool.Gone>().Crashed);
            process.End(0);
            process = _launcher.Next();
            Assert.Equal("it has 1000 MB of memory, more than mailroom.nodes.max-memory lets it", Report("node-1").Reason);
            Assert.Equal(time + 1, Report("node-1").Restarts);
            Clock.Advance(TimeSpan.FromSeconds(0.5));
            node = new FarNode(this, "node-1").Join(_gate, Join(process.Pid));
        }
    }

    [Fact]
    public void Own_node_that_has_run_as_many_pieces_as_it_may_should_be_drained_and_started_anew()
    {
        var (node, process) = OwnUp();
        node.Tell(new Pool.Report(1, 1, 5, [.. Enumerable.Range(0, 9).Select(Done)]), worker: 1);
        Assert.Equal(NodeState.Up, Report("node-1").State);
        node.Tell(new Pool.Report(1, 1, 5, [Done(9)]), worker: 2);
        Assert.False(node.Fish<Keeper.Retire>().Now);
        node.Tell(new Keeper.Left());
        process.End(0);
        _launcher.Next();
        Assert.Equal("it has run 10 pieces, as many as mailroom.nodes.max-pieces lets it", Report("node-1").Reason);
    }

    [Fact]
    public void Own_node_that_has_more_memory_than_it_may_have_before_it_has_run_anything_should_wait_before_it_is_started_again()
    {
        var (node, process) = OwnUp();
        node.Tell(new Keeper.Renew(Used(bytes: 2_000_000_000), []));
        node.Fish<Keeper.Retire>();
        node.Tell(new Keeper.Left());
        OfPool<Pool.Gone>();
        process.End(0);
        Assert.Equal(
            (NodeState.Waiting, "it has 2000 MB of memory, more than mailroom.nodes.max-memory lets it"),
            (Report("node-1").State, Report("node-1").Reason)
        );
    }

    [Fact]
    public void Node_that_outgrows_its_settings_and_crashes_should_be_started_again_as_any_other()
    {
        var (node, process) = OwnUp();
        node.Tell(new Keeper.Renew(Used(bytes: 2_000_000_000), []));
        node.Fish<Keeper.Retire>();
        process.End(137);
        Assert.True(OfPool<Pool.Gone>().Crashed);
        Assert.Equal((NodeState.Waiting, "killed by signal 9 (SIGKILL)"), (Report("node-1").State, Report("node-1").Reason));
    }

    [Fact]
    public void Node_by_hand_should_have_as_much_memory_as_it_likes()
    {
        var node = JoinByHand();
        node.Tell(new Keeper.Renew(Used(bytes: 2_000_000_000), []));
        node.Expect<Keeper.Renewed>();
        Assert.Equal(NodeState.Up, Report("mine").State);
    }

    private static Usage Used(long bytes) => new("", 1, 1, 1, 1, 0, bytes, 0);

    private static Outcome Done(int piece) => Outcome.Done(new Piece(piece, 1, 0, Payload.None), Payload.None, 0.001);

    [Fact]
    public void Own_node_that_drains_should_end_and_not_come_back_with_the_next_job()
    {
        var (node, process) = OwnUp();
        _gate.Tell(new Gate.Retire("node-1", Now: false), TestActor);
        ExpectMsg<Gate.Retired>();
        Assert.False(node.Expect<Keeper.Retire>().Now);
        Assert.Equal(NodeState.Draining, Report("node-1").State);
        Watch(node.Keeper);
        node.Tell(new Keeper.Left());
        process.End(0);
        ExpectTerminated(node.Keeper);
        _gate.Tell(new Pool.WorkersNeeded(null), _pool);
        Settle(_gate);
        Assert.False(_launcher.HasMore);
        _gate.Tell(new Gate.Add(1), TestActor);
        ExpectMsg<Gate.Listed>();
        _launcher.Next();
    }

    [Fact]
    public void Node_that_is_stopped_should_hand_back_its_pieces_at_once()
    {
        var (node, process) = OwnUp();
        _gate.Tell(new Gate.Retire("node-1", Now: true), TestActor);
        ExpectMsg<Gate.Retired>();
        Assert.True(node.Expect<Keeper.Retire>().Now);
        Assert.False(OfPool<Pool.Gone>().Crashed);
        Assert.True(process.Released.Wait(TimeSpan.FromSeconds(10)));
    }

    [Fact]
    public void Gate_should_name_its_nodes_when_it_has_none_of_that_name()
    {
        JoinByHand();
        _gate.Tell(new Gate.Retire("nobody", Now: true), TestActor);
        Assert.Equal(["mine"], ExpectMsg<Gate.Unknown>().Names.AsEnumerable());
    }

    [Fact]
    public void Node_that_tells_three_times_what_can_not_be_should_be_sent_away_and_say_why()
    {
        var node = JoinByHand();
        foreach (var lie in new object[] { new Gate.Refused("x"), new Keeper.Renewed(), new Pool.Leave() })
            node.Tell(lie, worker: lie is Pool.Leave ? 3 : 0); // it has two workers
        Assert.Equal("it reported 3 times what can't be, the last: Leave of worker 3", node.Expect<Keeper.Dismissed>().Reason);
        OfPool<Pool.Gone>();
        Assert.Equal(
            (NodeState.Gone, "it reported 3 times what can't be, the last: Leave of worker 3"),
            (Report("mine").State, Report("mine").Reason)
        );
        Assert.Contains("it reported 3 times what can't be", Refused(Join()));
    }

    [Fact]
    public void Node_should_not_begin_sessions_faster_than_twice_a_second()
    {
        var node = JoinByHand();
        node.Tell(new Keeper.Left());
        AllGone();
        var again = new FarNode(this, "mine");
        again.Knock(_gate, Join());
        Settle(_gate);
        again.ExpectNothing();
        Clock.Advance(TimeSpan.FromSeconds(0.5));
        again.Join(_gate, Join());
    }

    [Fact]
    public void Node_by_hand_should_not_have_itself_ended()
    {
        var node = JoinByHand();
        node.Tell(new Keeper.Stuck("x"));
        node.Tell(new Keeper.Renew(Usage.Now("mine"), []));
        node.Expect<Keeper.Renewed>();
        Assert.Equal(NodeState.Up, Report("mine").State);
    }

    [Fact]
    public void Own_node_that_lies_should_be_ended_and_started_again()
    {
        var (node, process) = OwnUp();
        for (var lie = 0; lie < 3; lie++)
            node.Tell(new Gate.Refused("x"));
        Assert.True(process.Killed.Wait(TimeSpan.FromSeconds(10)));
        Assert.False(OfPool<Pool.Gone>().Crashed);
    }

    [Fact]
    public void Keeper_should_pass_on_what_a_worker_says_only_in_the_nodes_own_session()
    {
        var node = JoinByHand();
        node.Keeper.Tell(new Parcel(node.Session + 1, 1, new Pool.Leave()), node.Ref());
        node.Tell(new Pool.Leave(), worker: 1);
        OfPool<Pool.Leave>();
        Settle(node.Keeper);
        _pool.ExpectNoMsg(TimeSpan.Zero);
    }

    private void AwaitWaiting(int restarts) =>
        AwaitAssert(() =>
        {
            var report = Report("node-1");
            Assert.Equal((NodeState.Waiting, restarts), (report.State, report.Restarts));
        });
}

/// <summary>Akka's own events have no form on the wire, so here messages are not put to its test.</summary>
public class SuspectNodeSpecs()
    : ActorSpec(Akka.Configuration.ConfigurationFactory.ParseString("akka.actor.serialize-messages = off").WithFallback(TestSettings.Akka))
{
    /// <summary>A node that has joined, and whose connection has just broken.</summary>
    private (IActorRef Gate, TestProbe Pool, FarNode Node) JoinedAndBroken()
    {
        var pool = CreateTestProbe();
        var gate = Sys.ActorOf(
            Gate.Props(TestSettings.Default.OfGate("1.0"), Catalogue.BuiltIn, pool, new TestLauncher(), TestActor, new TestTime(Clock)),
            "nodes"
        );
        IgnoreMessages(message => message is Members.Membership.Joined);
        var node = new FarNode(this, "mine").Join(gate, new Gate.Join(Guid.NewGuid(), 1, "machine", "1.0", 2, []));
        Settle(node.Keeper);
        Sys.EventStream.Publish(new Akka.Remote.DisassociatedEvent(Address.AllSystems, node.Address, false));
        return (gate, pool, node);
    }

    [Fact]
    public void Node_whose_connection_comes_back_in_time_should_keep_its_session_and_be_counted_over()
    {
        var (_, pool, node) = JoinedAndBroken();
        Assert.Equal(node.Session, pool.FishForMessage<Pool.Suspend>(_ => true).Session);
        node.Tell(new Keeper.Renew(Usage.Now("mine"), []));
        node.Expect<Keeper.Renewed>();
        Assert.Equal(node.Session, pool.ExpectMsg<Pool.Recount>().Session);
    }

    [Fact]
    public void Node_that_was_killed_and_comes_again_before_its_lease_has_ended_should_be_let_in()
    {
        var (gate, pool, node) = JoinedAndBroken();
        Assert.Equal(node.Session, pool.FishForMessage<Pool.Suspend>(_ => true).Session);
        Clock.Advance(TimeSpan.FromSeconds(2));
        var again = new FarNode(this, "mine").Join(gate, new Gate.Join(Guid.NewGuid(), 2, "machine", "1.0", 2, []));
        Assert.NotEqual(node.Session, again.Session);
        Assert.Equal(node.Session, pool.FishForMessage<Pool.End>(_ => true).Session);
        Assert.False(pool.FishForMessage<Pool.Gone>(_ => true).Crashed);
    }

    [Fact]
    public void Node_that_is_to_leave_should_be_told_again_and_counted_over_when_its_connection_broke_meanwhile()
    {
        var (gate, pool, node) = JoinedAndBroken();
        pool.FishForMessage<Pool.Suspend>(_ => true);
        gate.Tell(new Gate.Retire("mine", Now: false), TestActor);
        ExpectMsg<Gate.Retired>();
        node.Expect<Keeper.Retire>(); // perhaps into nothing
        node.Tell(new Keeper.Renew(Usage.Now("mine"), []));
        node.Expect<Keeper.Retire>();
        Assert.Equal(node.Session, pool.FishForMessage<Pool.Recount>(_ => true).Session);
    }
}

public class NodeExitSpecs
{
    [Theory]
    [InlineData(137, "", "killed by signal 9 (SIGKILL)")]
    [InlineData(134, "Stack overflow.\n   at X()", "exit 134 (SIGABRT: the runtime ended the process): Stack overflow.")]
    [InlineData(134, "Process terminated.\nit had to be\n   at X()", "exit 134 (SIGABRT: the runtime ended the process): it had to be")]
    [InlineData(3, "\u001b[31mred", "exit 3: \\u001B[31mred")]
    [InlineData(0, "", "exit 0, though nobody had told it to end")]
    public void Exit_should_be_told_in_words(int code, string words, string expected) =>
        Assert.Equal(expected, new NodeExit(code, words).Reason);
}

/// <summary>Node processes that the spec starts and ends by hand.</summary>
internal sealed class TestLauncher : INodeLauncher
{
    private readonly System.Collections.Concurrent.BlockingCollection<Process> _launched = [];
    private int _lastPid = 1000;

    public bool HasMore => _launched.Count > 0;

    public INodeProcess Launch(string name)
    {
        var process = new Process(Interlocked.Increment(ref _lastPid));
        _launched.Add(process);
        return process;
    }

    public Process Next() =>
        _launched.TryTake(out var process, TimeSpan.FromSeconds(10)) ? process : throw new TimeoutException("no node was started");

    internal sealed class Process(int pid) : INodeProcess
    {
        private readonly TaskCompletionSource<NodeExit> _exited = new();

        public int Pid => pid;

        public Task<NodeExit> Exited => _exited.Task;

        public ManualResetEventSlim Killed { get; } = new();

        public ManualResetEventSlim Released { get; } = new();

        public void Release() => Released.Set();

        public void Kill() => Killed.Set();

        public void End(int code) => _exited.SetResult(new NodeExit(code, ""));
    }
}

/// <summary>A clock that goes with the scheduler's virtual time.</summary>
internal sealed class TestTime(TestScheduler scheduler) : TimeProvider
{
    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp() => scheduler.Now.UtcTicks;

    public override DateTimeOffset GetUtcNow() => scheduler.Now;
}
