using System.Diagnostics;
using Mailroom.Advice;
using Mailroom.Client;
using Mailroom.Host.Comparison.Peers;
using Mailroom.Host.Control;
using Mailroom.Host.Launch;
using Mailroom.Input;
using Mailroom.Jobs;
using Mailroom.Kinds;
using Mailroom.Model;
using Mailroom.Nodes;
using Mailroom.Techniques;

namespace Mailroom.Host.Comparison;

/// <summary>All that a comparison measured.</summary>
/// <param name="Profile">what the pieces are like, as the warm host measured some of them by threads, or the plain loop where that can't
/// be</param>
/// <param name="Crowding">see <see cref="Forecast"/></param>
/// <param name="Startup">seconds until a host was ready, and until its nodes were</param>
internal sealed record ContestResult(
    string Kind,
    int Workers,
    Runs Sequential,
    IReadOnlyDictionary<Technique, Runs> Techniques,
    Profile? Profile,
    Overheads Overheads,
    double Crowding,
    (double Host, double Nodes) Startup
)
{
    /// <summary>The same work by others, where it was asked for.</summary>
    public PeerRuns Peers { get; init; } = PeerRuns.None;
}

/// <summary>
/// Runs one job by the plain loop, by threads, by processes and async, in turn, as often as is asked. Each has real
/// processes of its own, so that a piece which ends its process ends a run and not the comparison.
/// </summary>
internal sealed partial class Contest(
    Catalogue catalogue,
    CommonOptions options,
    JobRequest request,
    int workers,
    int runs,
    Action<string> say
) : IAsyncDisposable
{
    private const int CalibrationPieces = 20_000;

    // Seconds: a job this short is run once uncounted by each technique, while its code is still being compiled.
    private const double Short = 1;

    // So long pieces are measured at least, unless the job is over before.
    private static readonly TimeSpan ProfileTime = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(50);

    // Nodes tell what they have used with each heartbeat.
    private static readonly TimeSpan Heartbeat = TimeSpan.FromMilliseconds(100);

    private readonly string _folder = Directory.CreateTempSubdirectory("mailroom-compare").FullName;

    // One for each technique, so that none is measured with what another has left behind.
    private readonly Dictionary<Technique, ChildHost> _hosts = [];

    // Memory before the first of its runs.
    private readonly Dictionary<Technique, long> _idle = [];
    private (double Host, double Nodes) _startup;

    public async Task<ContestResult> RunAsync(CancellationToken cancellation)
    {
        var kind = catalogue.Find(request.Kind);
        var samples = kind.Techniques.ToDictionary(technique => technique, _ => new List<Sample>());
        var (overheads, empty) = await CalibrateAsync(cancellation);
        say($"run 1 of {runs}: sequential");
        var first = await PlainAsync(cancellation);
        var plain = new List<Sample> { first.Sample };
        if (first.Sample is { Died: null, Seconds: < Short })
            await RoundAsync(samples.Keys, "warming up", cancellation);
        Profile? profile = null;
        for (var run = 0; run < runs; run++)
        {
            var what = $"run {run + 1} of {runs}";
            if (run > 0)
            {
                say($"{what}: sequential");
                plain.Add((await PlainAsync(cancellation)).Sample);
            }
            // Each goes first in turn, so that a machine that gets slower favours none.
            var order = samples.Keys.Skip(run % samples.Count).Concat(samples.Keys.Take(run % samples.Count));
            foreach (var (technique, sample) in await RoundAsync(order, what, cancellation))
                samples[technique].Add(sample);
            if (run == 0 && samples.TryGetValue(Technique.Threads, out var threads) && threads[0].Died is null)
                profile = (await ProfileAsync(request, cancellation))?.Beyond(empty);
        }
        return new ContestResult(
            kind.Name,
            workers,
            new Runs("sequential", plain),
            samples.ToDictionary(pair => pair.Key, pair => new Runs(pair.Key.Word(), pair.Value)),
            profile ?? first.Profile,
            overheads,
            profile is null || first.Profile is null ? 1 : Crowding(profile, first.Profile),
            _startup
        );
    }

    public async ValueTask DisposeAsync()
    {
        await Task.WhenAll(_hosts.Values.Select(host => host.DisposeAsync().AsTask()));
        Directory.Delete(_folder, recursive: true);
    }

    private async Task<List<(Technique, Sample)>> RoundAsync(IEnumerable<Technique> order, string what, CancellationToken cancellation)
    {
        var round = new List<(Technique, Sample)>();
        foreach (var technique in order)
        {
            say($"{what}: {technique.Word()}");
            round.Add((technique, await SampleAsync(technique, cancellation)));
        }
        return round;
    }

    /// <summary>The host of a technique, with its nodes up where it has some; another one where a piece has ended the last.</summary>
    private async Task<IMailroom> HostAsync(Technique technique, CancellationToken cancellation)
    {
        if (_hosts.TryGetValue(technique, out var last))
        {
            if (!last.HasExited)
                return last.Mailroom;
            _hosts.Remove(technique);
            _idle.Remove(technique);
            await last.DisposeAsync();
        }
        var nodes = Traits.Of(technique).Travels ? workers : 0;
        var begun = Stopwatch.GetTimestamp();
        string[] settings =
        [
            "--nodes",
            $"{nodes}",
            "--set",
            $"mailroom.threads.workers={workers}",
            "--set",
            "mailroom.nodes.heartbeat=100ms",
            // The plain loop tries again at once; how long others wait before they do is no part of a technique.
            "--set",
            "mailroom.jobs.first-delay=1ms",
            "--set",
            "mailroom.jobs.max-delay=1ms",
            "--ephemeral",
            .. options.Hocon.SelectMany(file => new[] { "--hocon", file }),
            .. options.Sets.SelectMany(pair => new[] { "--set", pair }),
            "--set",
            "mailroom.remote.port=0", // there are several
            .. options.Kinds.SelectMany(file => new[] { "--kinds", file }),
        ];
        var folder = Directory.CreateDirectory(Path.Combine(_folder, technique.Word())).FullName;
        var host = _hosts[technique] = await ChildHost.StartAsync(folder, settings, cancellation);
        var ready = Stopwatch.GetElapsedTime(begun).TotalSeconds;
        await host.Mailroom.NodesAsync(all => all.Count(node => node.State == NodeState.Up) >= nodes, cancellation);
        if (nodes > 0)
            _startup = (ready, Stopwatch.GetElapsedTime(begun).TotalSeconds);
        return host.Mailroom;
    }
}
