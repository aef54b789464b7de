using System.Text.Json.Nodes;
using Akka.Actor;
using Akka.TestKit;
using Mailroom.Batches;
using Mailroom.Client;
using Mailroom.Jobs;
using Mailroom.Journal;
using Mailroom.Journal.Sqlite;
using Mailroom.Kinds;
using Mailroom.Model;
using Mailroom.Nodes;
using Mailroom.Pools;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Mailroom.Simulation;

/// <summary>
/// One host with a pool, a job and a journal, and nodes with workers, all real, on one thread and in virtual time. What
/// happens next is drawn by a seed. After every step the promise is held against the journal and against what really ran.
/// </summary>
internal sealed class World : IDisposable
{
    private const int Job = 1;
    private const int Nodes = 2;
    private const double JournalFaults = 0.005;

    // Two small outcomes and no more, so that most leases come back in several reports.
    private const int MaxMessage = 150;
    private const int MaxResult = 1 << 20;

    private readonly IActorRef _earth;
    private readonly TestScheduler _clock;
    private readonly Random _random;
    private readonly Network _network = new();
    private readonly HashSet<int> _ran = [];
    private readonly HashSet<int> _recorded = [];
    private readonly int _pieces;
    private readonly int _poison;
    private readonly IWork _work;
    private readonly Catalogue _catalogue;
    private readonly string _database;
    private readonly SqliteConnection _disk;
    private readonly List<Node> _nodes = [];
    private SqliteJournal _file = null!;
    private IActorRef _journal = ActorRefs.Nobody;
    private IActorRef _pool = ActorRefs.Nobody;
    private IActorRef _desk = ActorRefs.Nobody;
    private JobDetail? _end;
    private long _lastRecord;
    private long _lastSession;
    private bool _diskFails;
    private bool _isCalm;

    public World(IActorRef earth, TestScheduler clock, int seed)
    {
        (_earth, _clock, _random) = (earth, clock, new Random(seed));
        _pieces = _random.Next(1, 40);
        _poison = _random.Next(5) == 0 ? _random.Next(_pieces) : -1;
        var kind = new SimulatedKind(piece => _ran.Add(piece));
        _catalogue = new Catalogue([kind]);
        _work = ((IKind)kind).Bind(new JsonObject { ["count"] = _pieces, ["poison"] = _poison }, "/");
        // SQLite keeps it as long as somebody holds it open: a disk that outlives the host.
        _database = $"file:simulation-{seed}?mode=memory&cache=shared";
        _disk = new SqliteConnection($"Data Source={_database};Pooling=false");
        _disk.Open();
        StartHost(resumes: false);
        for (var node = 0; node < Nodes; node++)
            _nodes.Add(StartNode());
    }

    /// <summary>Lets the world run through so many steps with faults, and then in calm to its end.</summary>
    public void Run(int steps)
    {
        for (var step = 0; step < steps; step++)
        {
            Step();
            CheckRecords();
        }
        _isCalm = true;
        _desk.Tell(new JobRun.Pause(false));
        foreach (var node in _nodes)
            Break(node);
        for (var round = 0; _end is null; round++)
        {
            Assert.True(
                round < 500,
                $"the job does not come to its end: {_recorded.Count} of {_pieces} pieces are recorded, {_network.Count} messages "
                    + "are on their way"
            );
            while (_network.Count > 0)
                _network.Deliver(0);
            _clock.Advance(TimeSpan.FromSeconds(1));
            CheckRecords();
        }
        CheckEnd();
    }

    public void Dispose()
    {
        foreach (var node in _nodes)
            StopNode(node);
        StopHost();
        _disk.Dispose();
    }

    private void Step()
    {
        var any = _network.Count > 0 ? _random.Next(_network.Count) : -1;
        switch (_random.Next(1000))
        {
            case < 5:
                KillHost();
                break;
            case < 20:
                KillNode(_random.Next(Nodes));
                break;
            case < 40:
                Break(_nodes[_random.Next(Nodes)]);
                break;
            case < 60:
                _desk.Tell(new JobRun.Pause(_random.Next(2) == 0));
                break;
            case < 160:
                _clock.Advance(TimeSpan.FromMilliseconds(_random.Next(1, 6000)));
                break;
            case < 210 when any >= 0:
                _network.Drop(any);
                break;
            case < 260 when any >= 0:
                _network.Double(any);
                break;
            default:
                if (any >= 0)
                    _network.Deliver(any); // in any order
                break;
        }
    }

    private void StartHost(bool resumes)
    {
        _file = SqliteJournal.Open(_database);
        raw.sqlite3_commit_hook(
            _file.Connection.Handle,
            _ => _diskFails || (!_isCalm && _random.NextDouble() < JournalFaults) ? 1 : 0,
            null
        );
        var summary = new JobSummary(
            Job,
            "simulated",
            Technique.Processes,
            JobState.Running,
            null,
            Priority.Normal,
            DateTimeOffset.UnixEpoch,
            new PieceCounts(null, 0, 0, 0),
            0,
            0,
            null
        );
        if (!resumes)
        {
            while (TryAccept(summary) is false) { }
        }
        _journal = Start(JournalWriter.Props(_file));
        var pool = TestSettings.Pool(Technique.Processes) with { BatchPieces = 4, BatchTime = TimeSpan.FromMinutes(1), BatchesAhead = 1 };
        _pool = Start(Pool.Props(pool, null, 0));
        var accepted = new AcceptedJob(summary, new JobOrder("{}", _work.ArgumentsJson, "", Nodes), summary.AcceptedAt);
        var start = new JobRun.Start(accepted, new JobRequest("simulated", [], "/"), _work, resumes);
        // No wait between attempts, so that no chance but the seed's is in it; no end of crashes, because here they come often.
        var desk = new JobDesk.Settings(
            Attempts: 3,
            MaxCrashes: 1_000,
            TimeSpan.Zero,
            TimeSpan.Zero,
            TimeSpan.FromSeconds(1),
            Remembered: 10
        )
        {
            Code = new InlineCode(),
        };
        var job = JobRun.Props(desk, start, _pool, _journal, TimeProvider.System);
        _desk = Start(Props.Create(() => new Desk(job, OnEnd)));
    }

    private void OnEnd(JobDetail end) => _end = end;

    private bool TryAccept(JobSummary summary)
    {
        try
        {
            return _file.Accept(summary, new JobOrder("{}", _work.ArgumentsJson, "", Nodes)) == Job;
        }
        catch (StoreException)
        {
            return false; // refused, and so not accepted: the user sends it again
        }
    }

    /// <summary>What was not committed is gone; what is on its way to the host finds another one.</summary>
    private void KillHost()
    {
        if (_end is not null)
            return;
        StopHost();
        StartHost(resumes: true);
        for (var node = 0; node < Nodes; node++)
        {
            StopNode(_nodes[node]);
            _nodes[node] = StartNode();
        }
    }

    private void StopHost()
    {
        _diskFails = true; // an actor that stops in order would commit what it has
        foreach (var actor in new[] { _desk, _pool, _journal })
            _earth.Tell(actor);
        _file.Dispose();
        _diskFails = false;
    }

    private Node StartNode()
    {
        var node = new Node(++_lastSession, []);
        for (var number = _random.Next(1, 3); number > 0; number--)
        {
            var settings = new Worker.Settings(
                $"node-{node.Session}",
                1,
                new Worker.Limits(Way.ToNodes(MaxMessage), MaxResult),
                TimeSpan.FromMinutes(1),
                false,
                TimeSpan.FromSeconds(1),
                Worker.LastRung.LeaveThread
            );
            var worker = Worker.Props(settings, _catalogue, node.Session);
            var line = Start(Props.Create(() => new Line(_network, worker)));
            // By the real clock, which the pieces' own seconds are of.
            var link = Start(
                Link.Props(
                    new Link.Settings(
                        new Site(settings.Node, [], IsHere: true),
                        node.Session,
                        number,
                        MaxMessage,
                        MaxResult,
                        new PartBudget(MaxResult)
                    )
                    {
                        Code = new InlineCode(),
                    },
                    line,
                    _pool,
                    TimeProvider.System
                )
            );
            line.Tell(new Line.Attach(link), ActorRefs.NoSender);
            node.Workers.Add((line, link));
        }
        return node;
    }

    private void StopNode(Node node)
    {
        foreach (var (line, link) in node.Workers)
        {
            _earth.Tell(line);
            _earth.Tell(link);
        }
    }

    private void KillNode(int index)
    {
        var node = _nodes[index];
        _pool.Tell(new Pool.End(node.Session));
        var end = new Link.End("killed", Crashed: _random.Next(2) == 0);
        foreach (var (_, link) in node.Workers)
            link.Tell(end);
        StopNode(node);
        _nodes[index] = StartNode();
    }

    /// <summary>The connection breaks, with all that was on its way, and is back at once.</summary>
    private void Break(Node node)
    {
        foreach (var (line, _) in node.Workers)
            _network.DropOf(line);
        _pool.Tell(new Pool.Suspend(node.Session));
        _pool.Tell(new Pool.Recount(node.Session));
    }

    private IActorRef Start(Props props)
    {
        var make = new Earth.Make(props);
        _earth.Tell(make);
        return make.Made;
    }

    /// <summary>Whatever is new in the journal: no piece stands there twice, each has run, and its result is its own.</summary>
    private void CheckRecords()
    {
        var broken = new Earth.Broken();
        _earth.Tell(broken);
        Assert.Empty(broken.By);
        using var select = _disk.CreateCommand();
        select.CommandText = $"select id, data, form from records where id > {_lastRecord} order by id";
        using (var row = select.ExecuteReader())
        {
            while (row.Read())
            {
                _lastRecord = row.GetInt64(0);
                foreach (var piece in RecordForm.Read((byte[])row[1], row.GetInt32(2)))
                {
                    Assert.True(_recorded.Add(piece.Index), $"piece {piece.Index} is recorded twice");
                    Assert.Contains(piece.Index, _ran);
                    Assert.Equal(
                        $"\"{SimulatedKind.ResultOf(piece.Index)}\"",
                        System.Text.Encoding.UTF8.GetString(piece.Payload.Bytes.Span)
                    );
                }
            }
        }
    }

    private void CheckEnd()
    {
        var wanted = Enumerable.Range(0, _pieces).Where(piece => piece != _poison).ToList();
        Assert.True(
            (_poison < 0 ? JobState.Completed : JobState.Failed) == _end!.Summary.State,
            $"it is {_end.Summary.State}: {_end.Summary.Reason}"
        );
        Assert.Equal(wanted.Count, _recorded.Count);
        if (wanted.Count > 0)
            Assert.Equal(string.Join(',', wanted.Select(SimulatedKind.ResultOf)), _end.Answer!.Text);
        Assert.Equal((wanted.Count, _poison < 0 ? 0 : 1), (_end.Summary.Pieces.Done, _end.Summary.Pieces.Dead));
        Assert.Equal(_pieces, _ran.Count);
    }

    private sealed record Node(long Session, List<(IActorRef Line, IActorRef Link)> Workers);

    /// <summary>Stands where the job desk would: starts the job and hears how it ended.</summary>
    private sealed class Desk : ReceiveActor
    {
        public Desk(Props job, Action<JobDetail> end)
        {
            var run = Context.ActorOf(job, "job-1");
            Receive<JobRun.Ended>(ended => end(ended.Job));
            Receive<JobRun.Progress>(_ => { });
            ReceiveAny(run.Forward);
        }
    }
}
