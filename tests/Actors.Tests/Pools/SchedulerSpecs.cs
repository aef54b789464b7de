using Akka.Actor;
using Akka.Event;
using Mailroom.Batches;
using Mailroom.Client;
using Mailroom.Kinds;
using Mailroom.Sending;

namespace Mailroom.Pools;

/// <summary>The pool's scheduler by itself, without an actor.</summary>
public class SchedulerSpecs : IPoolPorts
{
    private const long Session = 7;

    private static readonly IWork Work = TestKind.Work(null, "ok");
    private readonly Scheduler _scheduler;
    private readonly List<(IActorRef To, object Message)> _said = [];
    private readonly Dictionary<string, IActorRef> _refs = [];

    public SchedulerSpecs() =>
        _scheduler = new Scheduler(
            TestSettings.Pool(Technique.Threads) with
            {
                BatchTime = TimeSpan.FromSeconds(1),
                BatchPieces = 4,
            },
            "pool",
            this,
            NoLogger.Instance
        );

    IActorRef IPoolPorts.Pool => ActorRefs.Nobody;

    void IPoolPorts.Tell(IActorRef to, object message) => _said.Add((to, message));

    void IPoolPorts.Remind(object key, object message, TimeSpan wait) { }

    void IPoolPorts.Forget(object key) { }

    private IActorRef Ref(string name) => _refs.TryGetValue(name, out var known) ? known : _refs[name] = new Name(name);

    private void Open(
        int job,
        Priority priority = Priority.Normal,
        int? maxWorkers = null,
        Placement? where = null,
        SentFiles? files = null
    ) =>
        _scheduler.Open(
            new Pool.Open(new JobSpec(job, "test", "{}", null), priority, maxWorkers, Work, Ref($"job-{job}"), Where: where, Files: files)
        );

    private void Offer(int job, int from, int count, int crashes = 0) =>
        _scheduler.Offer(
            new Pool.Offer(
                job,
                [.. Enumerable.Range(from, count).Select(index => new Piece(index, 1, crashes, Payload.None))],
                Again: crashes > 0
            )
        );

    private void Join(string worker, int width = 1, long session = Session, long life = 1, Site? site = null) =>
        _scheduler.Join(new Pool.Ask(session, "node", worker, width, life, site), Ref(worker));

    private void Report(string worker, Worker.Lease lease, How how = How.Done, double seconds = 1) =>
        Report(worker, lease, lease.Pieces, how, seconds);

    private void Report(string worker, Worker.Lease lease, Batch pieces, How how, double seconds = 1) =>
        _scheduler.Report(
            new Pool.Report(
                0,
                lease.Job,
                lease.Id,
                [
                    .. pieces.Select(piece =>
                        how == How.Done ? Outcome.Done(piece, Payload.None, seconds) : Outcome.Not(how, piece, "on purpose", null, seconds)
                    ),
                ]
            ),
            Ref(worker)
        );

    /// <summary>What was said since the last time, of one type and to one of them.</summary>
    private List<T> Said<T>(string to) => [.. Take().Where(said => said.To.Equals(Ref(to))).Select(said => said.Message).OfType<T>()];

    private List<(IActorRef To, object Message)> Take()
    {
        List<(IActorRef, object)> said = [.. _said];
        _said.Clear();
        return said;
    }

    [Fact]
    public void Worker_that_is_far_should_have_so_much_more_as_is_on_its_way()
    {
        Open(1);
        Offer(1, 0, 100);
        Join("near");
        Join("far", session: 8);
        foreach (var worker in new[] { "near", "far" })
            Report(worker, _said.Where(said => said.To.Equals(Ref(worker))).Select(said => said.Message).OfType<Worker.Lease>().Single());
        int Held(string worker) => Said<Worker.Lease>(worker).Sum(lease => lease.Pieces.Count);
        var before = (_said.Where(said => said.To.Equals(Ref("far"))).Select(said => said.Message).OfType<Worker.Lease>().Skip(1)).Sum(
            lease => lease.Pieces.Count
        );
        Take();
        _scheduler.Measure(new Pool.Distance(8, TimeSpan.FromSeconds(20)));
        Assert.Equal(60, Held("far")); // should a word get lost
        Assert.InRange(before, 1, 4);
        Assert.Equal(0, Held("near"));
    }

    [Fact]
    public void Worker_that_begins_anew_should_be_as_far_as_before()
    {
        Open(1);
        Join("far", session: 8);
        _scheduler.Measure(new Pool.Distance(8, TimeSpan.FromSeconds(20)));
        Join("far", session: 8, life: 2); // the session's only worker
        Offer(1, 0, 100);
        Assert.Equal(61, Said<Worker.Lease>("far").Count); // by one while none is measured; one that is near gets one
    }

    [Fact]
    public void Job_should_run_only_where_it_may_and_say_what_it_waits_for()
    {
        Site elsewhere = new("plain", [], IsHere: false),
            wished = new("gpu-1", ["gpu"], IsHere: false);
        _scheduler.Supply(Ref("supplier"));
        Join("a", site: elsewhere);
        Open(1, where: new Placement(["gpu"], IsHere: false));
        Offer(1, 0, 9);
        Assert.Equal(["gpu"], Said<Pool.WorkersNeeded>("supplier").Single().Where!.Nodes);
        Assert.Empty(_said.Select(said => said.Message).OfType<Worker.Lease>());
        Join("b", session: 8, site: wished);
        Assert.Null(_said.Select(said => said.Message).OfType<Pool.Waiting>().Single().Reason);
        Assert.Single(Said<Worker.Lease>("b"));
        _scheduler.Lose(Ref("b"), "on purpose", crashed: false);
        Assert.Equal("it waits for a node with the name or label 'gpu'", Assert.Single(Said<Pool.Waiting>("job-1")).Reason);
        Open(2); // one without a wish is not held up
        Offer(2, 0, 1);
        Assert.Equal(2, Assert.Single(Said<Worker.Lease>("a")).Job);
    }

    [Fact]
    public void Job_with_files_should_wait_for_a_node_of_this_machine_and_not_call_it_missing_while_none_is_there_at_all()
    {
        Open(1, where: new Placement([], IsHere: true));
        Offer(1, 0, 9);
        Assert.Empty(Said<Pool.Waiting>("job-1"));
        Join("far", site: new Site("far", [], IsHere: false));
        Assert.Equal("it waits for a node on this machine, whose files it uses", Assert.Single(Said<Pool.Waiting>("job-1")).Reason);
        Join("near", session: 8);
        Assert.Null(_said.Select(said => said.Message).OfType<Pool.Waiting>().Single().Reason);
        Assert.Single(Said<Worker.Lease>("near"));
    }

    /// <summary>Reports what a worker is leased, so many times.</summary>
    /// <returns>the jobs that it served, in turn</returns>
    private List<int> Serve(string worker, int times)
    {
        var served = new List<int>();
        while (served.Count < times)
        {
            foreach (var lease in Said<Worker.Lease>(worker))
            {
                served.Add(lease.Job);
                Report(worker, lease);
            }
        }
        return served;
    }

    [Fact]
    public void Job_that_waits_for_its_nodes_should_save_up_nothing_and_let_nobody_who_comes_starve_the_others()
    {
        Join("a", site: new Site("plain", [], IsHere: false));
        Open(1, where: new Placement(["gpu"], IsHere: false));
        Offer(1, 0, 10_000);
        Open(2);
        Offer(2, 0, 10_000);
        Assert.All(Serve("a", 100), job => Assert.Equal(2, job));
        Open(3);
        Offer(3, 0, 10_000);
        Assert.InRange(Serve("a", 100).Count(job => job == 3), 45, 55);
        Take();
        Join("b", session: 8, site: new Site("gpu-1", ["gpu"], IsHere: false));
        Assert.InRange(Serve("b", 99).Count(job => job == 1), 30, 60);
    }

    [Fact]
    public void Job_that_has_but_few_workers_should_not_make_those_who_come_starve_the_others()
    {
        Join("a");
        Join("b", session: 8);
        Join("c", session: 9);
        Open(1);
        Offer(1, 0, 10_000);
        Open(2, maxWorkers: 1);
        Offer(2, 0, 10_000);
        for (var time = 0; time < 100; time++)
            foreach (var (to, message) in Take())
                if (message is Worker.Lease lease)
                    Report(to.Path.Name, lease);
        Open(3);
        Offer(3, 0, 10_000);
        var served = new List<int>();
        for (var time = 0; time < 100; time++)
            foreach (var (to, message) in Take())
                if (message is Worker.Lease lease)
                {
                    served.Add(lease.Job);
                    Report(to.Path.Name, lease);
                }
        Assert.InRange(served.Count(job => job == 3), served.Count(job => job == 1) * 0.8, served.Count(job => job == 1) * 1.3);
    }

    [Fact]
    public void Job_should_wait_for_the_nodes_that_it_named_though_others_decline_it_or_may_not_run_it()
    {
        Site far = new("far-1", [], IsHere: false),
            other = new("far-2", [], IsHere: false);
        Join("near");
        Join("a", session: 8, site: far);
        Join("b", session: 9, site: other);
        Open(1, where: new Placement(["far-*"], IsHere: false));
        _scheduler.Decline(new Pool.Decline(1, "runs no programs"), Ref("a"));
        _scheduler.Lose(Ref("b"), "on purpose", crashed: false);
        _scheduler.Lose(Ref("a"), "on purpose", crashed: false);
        _scheduler.Strand(new Scheduler.DeclinedByAll(1));
        Assert.Empty(Said<Pool.Stranded>("job-1"));
        Join("a", session: 10, site: far);
        _scheduler.Decline(new Pool.Decline(1, "runs no programs"), Ref("a"));
        _scheduler.Strand(new Scheduler.DeclinedByAll(1));
        Assert.EndsWith("runs no programs", Assert.Single(Said<Pool.Stranded>("job-1")).Reason);
    }

    [Fact]
    public void Jobs_that_could_run_on_the_hosts_own_nodes_only_should_be_told_when_those_will_not_come_and_the_others_go_on()
    {
        Join("far", site: new Site("far", [], IsHere: false));
        Open(1);
        Open(2, where: new Placement([], IsHere: true));
        Open(3, where: new Placement(["gpu"], IsHere: false));
        _scheduler.RunOut(new Pool.OutOfWorkers("given up", [new Site("node-1", [], IsHere: true)]));
        Assert.Equal("job-2", Assert.Single(Take(), said => said.Message is Pool.Stranded).To.Path.Name);
        _scheduler.Close(new Pool.Close(2));
        _scheduler.Lose(Ref("far"), "on purpose", crashed: false);
        Assert.Equal("job-1", Assert.Single(Take(), said => said.Message is Pool.Stranded).To.Path.Name);
    }

    private static readonly Site Far = new("far", [], IsHere: false);

    private static readonly SentFiles Files = SentFiles.Of(new JobRequest("checksum", [], "/", Send: ["a"]), Work)!;

    private void Furnish(long session = Session, string? wrong = null, SentFiles? files = null) =>
        _scheduler.Furnish(new Pool.FilesThere(1, session, files ?? Files, wrong));

    /// <summary>Two workers of a node of another machine, and a job with files for it.</summary>
    private Pool.FilesNeeded OpenWithFiles()
    {
        _scheduler.Supply(Ref("supplier"));
        Join("a", site: Far);
        Join("b", site: Far);
        Open(1, where: new Placement([], IsHere: false), files: Files);
        Offer(1, 0, 10_000);
        return Assert.IsType<Pool.FilesNeeded>(Assert.Single(_said, said => said.Message is Pool.FilesNeeded).Message);
    }

    [Fact]
    public void Workers_of_another_machine_should_be_leased_nothing_of_a_job_before_they_have_its_files_and_those_here_at_once()
    {
        var needed = OpenWithFiles();
        Assert.Equal((1, "node", Session), (needed.Job, needed.Node, needed.Session));
        Assert.Equal("its files are on their way to 1 node", Said<Pool.Waiting>("job-1")[^1].Reason);
        Join("here", session: 8);
        Assert.Single(Said<Worker.Lease>("here"));
        Join("c", site: Far); // of the same node, before it has them
        Assert.Empty(Said<Worker.Lease>("c"));
        Furnish();
        Assert.Equal(["a", "b", "c"], Take().Where(said => said.Message is Worker.Lease).Select(said => said.To.Path.Name).Order());
        Join("d", site: Far);
        Assert.Single(Said<Worker.Lease>("d"));
        Furnish(); // told twice
        Assert.Empty(_said);
        _scheduler.Close(new Pool.Close(1));
        Assert.Equal(new Pool.FilesDone(1, "node", Session), Assert.Single(Said<Pool.FilesDone>("supplier")));
    }

    [Fact]
    public void Job_should_be_stranded_when_nobody_can_have_its_files()
    {
        OpenWithFiles();
        Furnish(wrong: "can't have its files: the disk is full");
        Assert.DoesNotContain(_said, said => said.Message is Worker.Lease);
        _scheduler.Strand(new Scheduler.DeclinedByAll(1));
        Assert.Equal("node can't have its files: the disk is full", Assert.Single(Said<Pool.Stranded>("job-1")).Reason);
    }

    [Fact]
    public void Worker_that_comes_later_to_a_node_that_can_not_have_the_files_should_not_run_the_job_either()
    {
        OpenWithFiles();
        Furnish(wrong: "the disk is full");
        _scheduler.Lose(Ref("b"), "it broke", crashed: false);
        Join("b", site: Far, life: 2);
        Join("c", site: Far);
        Assert.DoesNotContain(_said, said => said.Message is Worker.Lease);
    }

    [Fact]
    public void Job_should_wait_for_a_node_that_is_getting_its_files_though_another_can_not_have_them()
    {
        OpenWithFiles();
        Join("c", session: 9, site: new Site("other", [], IsHere: false));
        Furnish(wrong: "the disk is full");
        _scheduler.Strand(new Scheduler.DeclinedByAll(1));
        Assert.Empty(Said<Pool.Stranded>("job-1"));
        Furnish(9, files: SentFiles.Of(new JobRequest("checksum", [], "/", Send: ["a"]), Work)); // as it was when the job was run before
        Assert.Empty(Said<Worker.Lease>("c"));
        Furnish(9);
        Assert.Single(Said<Worker.Lease>("c"));
    }

    [Fact]
    public void Files_should_be_sent_for_again_to_a_node_that_comes_again()
    {
        OpenWithFiles();
        _scheduler.RunOut(new Pool.OutOfWorkers("given up", [new Site("node-1", [], IsHere: true)]));
        Assert.Empty(Said<Pool.Stranded>("job-1")); // they are on their way
        _scheduler.Lose(Ref("a"), "on purpose", crashed: false);
        _scheduler.Lose(Ref("b"), "on purpose", crashed: false);
        Assert.Single(Said<Pool.Stranded>("job-1"));
        Join("a", session: 9, site: Far);
        Assert.Equal(9, Assert.Single(Said<Pool.FilesNeeded>("supplier")).Session);
        Furnish(); // of the session that is over
        Assert.Empty(Said<Worker.Lease>("a"));
        Furnish(9);
        Assert.Single(Said<Worker.Lease>("a"));
    }

    [Fact]
    public void Worker_should_be_leased_one_piece_before_any_was_measured_and_then_a_batch()
    {
        Open(1);
        Offer(1, 0, 9);
        Join("a");
        var first = Assert.Single(Said<Worker.Lease>("a"));
        Assert.Single(first.Pieces);
        Report("a", first, seconds: 0.25);
        Assert.Equal([1, 2, 3, 4], Assert.Single(Said<Worker.Lease>("a")).Pieces.Select(piece => piece.Index));
        Assert.Equal((4, 4), (_scheduler.Queued, _scheduler.Leased));
    }

    [Fact]
    public void Lease_should_say_how_long_its_pieces_should_take_among_so_many_workers()
    {
        var scheduler = new Scheduler(
            TestSettings.Pool(Technique.Processes) with
            {
                BatchTime = TimeSpan.FromMilliseconds(5),
            },
            "pool",
            this,
            NoLogger.Instance
        );
        for (var i = 1; i <= 20; i++)
            scheduler.Join(new Pool.Ask(Session, "node", $"w{i}", 1, 1), Ref($"w{i}"));
        scheduler.Open(new Pool.Open(new JobSpec(1, "test", "{}", null), Priority.Normal, null, Work, Ref("job-1")));
        scheduler.Offer(new Pool.Offer(1, [new Piece(0, 1, 0, Payload.None)], Again: false));
        Assert.Equal(TimeSpan.FromMilliseconds(20), Take().Select(said => said.Message).OfType<Worker.Lease>().Single().Time);
        for (var i = 1; i <= 19; i++)
            scheduler.Lose(Ref($"w{i}"), "on purpose", crashed: false);
        Take();
        scheduler.Lose(Ref("w20"), "on purpose", crashed: false);
        scheduler.Join(new Pool.Ask(Session, "node", "w21", 1, 1), Ref("w21"));
        Assert.Equal(TimeSpan.FromMilliseconds(5), Assert.Single(Said<Worker.Lease>("w21")).Time);
    }

    [Fact]
    public void Worker_in_this_process_should_be_asked_for_what_it_has_not_begun_of_a_job_that_leaves_and_told_when_it_has_left()
    {
        var scheduler = new Scheduler(TestSettings.Pool(Technique.Async) with { Way = Way.Here }, "pool", this, NoLogger.Instance);
        foreach (var worker in new[] { "a", "b" })
            scheduler.Join(new Pool.Ask(Session, "host", worker, 1, 1), Ref(worker));
        for (var time = 0; time < 10; time++)
        {
            scheduler.Open(new Pool.Open(new JobSpec(1, "test", "{}", null), Priority.Normal, null, Work, Ref("job-1")));
            scheduler.Offer(new Pool.Offer(1, [new Piece(0, 1, 0, Payload.None)], Again: false));
            var (to, leased) = Take().Single(said => said.Message is Worker.Lease);
            scheduler.Release(new Pool.Release(1));
            Assert.Equal(to, Take().Single(said => said.Message is Worker.Return { Job: 1 }).To); // and nobody else
            var lease = (Worker.Lease)leased;
            scheduler.Report(new Pool.Report(0, 1, lease.Id, [Outcome.HandedBack(lease.Pieces[0])]), to);
            Assert.Equal(0, Assert.Single(Said<Pool.Released>("job-1"), released => released.Pieces.Count > 0).Pieces[0].Index);
            scheduler.Close(new Pool.Close(1));
            Assert.Equal(to, Take().Single(said => said.Message is Worker.Close).To); // though it had begun nothing
        }
    }

    [Theory]
    [InlineData(Priority.High, 16)]
    [InlineData(Priority.Normal, 4)]
    public void Jobs_should_share_a_worker_by_their_weights(Priority priority, int share)
    {
        Open(1, Priority.Low);
        Open(2, priority);
        Offer(1, 0, 10_000);
        Offer(2, 0, 10_000);
        Join("a");
        var served = new Dictionary<int, int>();
        for (var i = 0; i < 40 * (share + 1); i++)
        {
            foreach (var lease in Said<Worker.Lease>("a"))
            {
                served[lease.Job] = served.GetValueOrDefault(lease.Job) + lease.Pieces.Count;
                Report("a", lease);
            }
        }
        Assert.InRange((double)served[2] / served[1], share * 0.9, share * 1.1);
    }

    [Fact]
    public void Job_that_has_just_come_should_be_served_next()
    {
        Join("a");
        Open(1);
        Offer(1, 0, 100);
        var lease = Assert.Single(Said<Worker.Lease>("a"));
        Open(2);
        Offer(2, 0, 1);
        Report("a", lease);
        Assert.Equal(2, Said<Worker.Lease>("a")[0].Job);
    }

    [Fact]
    public void Suspects_of_a_crash_should_run_without_neighbours()
    {
        Join("a");
        Join("b");
        Open(1);
        Offer(1, 0, 40, crashes: 1);
        var leases = Take().Select(said => said.Message).OfType<Worker.Lease>().ToList();
        Assert.Equal(32, Assert.Single(leases).Pieces.Count); // one group of them, on one of the two
        Open(2);
        Offer(2, 0, 9);
        Assert.Empty(Take().Select(said => said.Message).OfType<Worker.Lease>()); // nobody beside it
    }

    [Fact]
    public void Job_should_use_no_more_workers_than_it_may()
    {
        foreach (var name in new[] { "a", "b", "c" })
            Join(name);
        Open(1, maxWorkers: 2);
        Offer(1, 0, 100);
        Assert.Equal(2, Take().Where(said => said.Message is Worker.Lease).Select(said => said.To).Distinct().Count());
    }

    /// <summary>Whatever happens in whatever order: no piece is lost, none is leased twice, and nobody idles beside work.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void Scheduler_should_lose_nothing_and_let_nobody_idle(int seed)
    {
        var model = new Model(this, new Random(seed));
        for (var step = 0; step < 4_000; step++)
            model.Step();
    }

    /// <summary>Jobs and workers that do anything, and a book of what must be true.</summary>
    private sealed class Model(SchedulerSpecs specs, Random random)
    {
        private readonly Dictionary<int, Queue<int>> _open = [];
        private readonly Dictionary<int, HashSet<int>> _waiting = [];
        private readonly Dictionary<string, Dictionary<long, Worker.Lease>> _workers = [];
        private readonly HashSet<int> _held = [];
        private int _lastJob;
        private int _lastPiece;
        private int _lastLife;

        public void Step()
        {
            switch (random.Next(10))
            {
                case 0 when _open.Count < 6:
                    specs.Open(++_lastJob, (Priority)random.Next(3));
                    (_open[_lastJob], _waiting[_lastJob]) = (new(), []);
                    break;
                case 1 when _workers.Count < 8:
                    var name = $"worker-{++_lastLife}";
                    _workers[name] = [];
                    specs.Join(name, random.Next(3) == 0 ? 8 : 1, session: random.Next(1, 4));
                    break;
                case 2 when random.Next(4) == 0 && Any(_workers.Keys) is { } lost:
                    foreach (var lease in _workers[lost].Values)
                        PutBack(lease.Job, lease.Pieces);
                    _workers.Remove(lost);
                    specs._scheduler.Lose(specs.Ref(lost), "on purpose", crashed: false);
                    break;
                case 3 when random.Next(6) == 0 && _open.Count > 0:
                    var closed = Any(_open.Keys);
                    _open.Remove(closed);
                    _waiting.Remove(closed);
                    _held.Remove(closed);
                    specs._scheduler.Close(new Pool.Close(closed));
                    break;
                case 4 when _open.Count > 0:
                    var job = Any(_open.Keys);
                    var isHeld = random.Next(2) == 0;
                    _ = isHeld ? _held.Add(job) : _held.Remove(job);
                    specs._scheduler.Hold(new Pool.Hold(job, isHeld, 1), specs.Ref($"job-{job}"));
                    break;
                case < 7 when _open.Count > 0:
                    Offer(Any(_open.Keys), random.Next(1, 9));
                    break;
                default:
                    Report();
                    break;
            }
            TakeDown();
            Check();
        }

        private T? Any<T>(IEnumerable<T> some) => some.ToList() is { Count: > 0 } list ? list[random.Next(list.Count)] : default;

        private void Offer(int job, int count)
        {
            for (var piece = _lastPiece; piece < _lastPiece + count; piece++)
                _waiting[job].Add(piece);
            specs.Offer(job, _lastPiece, count);
            _lastPiece += count;
        }

        private void PutBack(int job, IEnumerable<Piece> pieces)
        {
            if (_waiting.TryGetValue(job, out var waiting))
                waiting.UnionWith(pieces.Select(piece => piece.Index));
        }

        private void Report()
        {
            if (Any(_workers.Keys) is not { } name || Any(_workers[name].Keys) is not (> 0 and var id))
                return;
            var lease = _workers[name][id];
            var told = lease.Pieces.Where(_ => random.Next(3) > 0);
            var isBack = random.Next(5) == 0;
            var left = lease.Pieces.Where(at => told.All(piece => piece.Index != lease.Pieces.Index(at)));
            if (left.Count == 0)
                _workers[name].Remove(id);
            else
                _workers[name][id] = lease with { Pieces = left };
            if (isBack)
                PutBack(lease.Job, told);
            specs.Report(name, lease, told, isBack ? How.HandedBack : How.Done, random.NextDouble());
        }

        private void TakeDown()
        {
            foreach (var (to, message) in specs.Take())
            {
                if (message is not Worker.Lease lease)
                    continue;
                Assert.All(
                    lease.Pieces,
                    piece => Assert.True(_waiting[lease.Job].Remove(piece.Index), $"piece {piece.Index} is leased, but does not wait")
                );
                Assert.DoesNotContain(lease.Job, _held);
                _workers[to.Path.Name].Add(lease.Id, lease);
            }
        }

        private void Check()
        {
            Assert.Equal(_waiting.Values.Sum(pieces => pieces.Count), specs._scheduler.Queued);
            Assert.Equal(_workers.Values.Sum(leases => leases.Values.Sum(lease => lease.Pieces.Count)), specs._scheduler.Leased);
            if (_waiting.Any(pair => pair.Value.Count > 0 && !_held.Contains(pair.Key)))
                Assert.All(_workers, worker => Assert.True(worker.Value.Count > 0, $"{worker.Key} idles, though pieces wait"));
        }
    }

    /// <summary>An actor in name only.</summary>
    private sealed class Name(string name) : MinimalActorRef
    {
        public override ActorPath Path { get; } = new RootActorPath(Address.AllSystems) / name;

        public override IActorRefProvider Provider => throw new NotSupportedException();
    }
}
