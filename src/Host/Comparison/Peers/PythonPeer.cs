using System.Diagnostics;
using System.Globalization;
using System.Reflection;
using System.Text.Json;
using Mailroom.Advice;
using Mailroom.Client;
using Mailroom.Input;
using Mailroom.Jobs;
using Mailroom.Kinds;

namespace Mailroom.Host.Comparison.Peers;

/// <summary>
/// The same job by Python's own threads, processes and asyncio, by each interpreter that is installed. What is not here is named, and
/// never made up.
/// </summary>
internal sealed class PythonPeer(JobRequest request, int workers, int runs, Action<string> say)
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    // A row's name, and the programs that may be it.
    private static readonly (string Name, string[] Programs)[] Interpreters =
    [
        ("python", ["python3"]),
        ("free python", ["python3.14t", "python3.13t"]),
    ];

    private static readonly string[] Ways = ["threads", "processes", "asyncio"];

    private sealed record Told(double Seconds, double CpuSeconds, string Answer, string Version);

    /// <param name="answer">Mailroom's own, by the plain loop</param>
    public async Task<PeerRuns> RunAsync(string? answer, CancellationToken cancellation)
    {
        var (all, notes) = (new List<Runs>(), new List<string>());
        foreach (var (name, programs) in Interpreters)
        {
            if (programs.Select(Find).FirstOrDefault(found => found is not null) is not { } program)
            {
                notes.Add($"{name} is not measured: {string.Join(" or ", programs)} is not installed here");
                continue;
            }
            var versions = new HashSet<string>();
            foreach (var way in Ways)
                all.Add(await MeasureAsync($"{name} {way}", program, way, versions, cancellation));
            notes.AddRange(versions.Select(version => $"{name} is {version}"));
        }
        notes.AddRange(all.Where(one => one.Died is null && !IsSame(one.Answer, answer)).Select(one => $"{one.Name}: ANOTHER answer"));
        return new PeerRuns(all, notes);
    }

    private async Task<Runs> MeasureAsync(string name, string program, string way, HashSet<string> versions, CancellationToken cancellation)
    {
        var samples = new List<Sample>();
        for (var run = 1; run <= runs && samples.All(sample => sample.Died is null); run++)
        {
            say($"run {run} of {runs}: {name}");
            samples.Add(await OnceAsync(program, way, versions, cancellation));
        }
        return new Runs(name, samples);
    }

    private async Task<Sample> OnceAsync(string program, string way, HashSet<string> versions, CancellationToken cancellation)
    {
        var start = new ProcessStartInfo(program, ["-I", "-c", Script()])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = request.Directory,
        };
        var begun = Stopwatch.GetTimestamp();
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        patience.CancelAfter(Patience);
        using var process = Process.Start(start)!;
        try
        {
            var error = process.StandardError.ReadToEndAsync(patience.Token);
            await process.StandardInput.WriteAsync(JsonSerializer.Serialize(Job(way), Codec.JsonOptions));
            process.StandardInput.Close();
            var said = await process.StandardOutput.ReadToEndAsync(patience.Token);
            await process.WaitForExitAsync(patience.Token);
            if (process.ExitCode != 0)
                return Ended((await error).TrimEnd().Split('\n')[^1]);
            var told = JsonSerializer.Deserialize<Told>(said, Codec.JsonOptions)!;
            versions.Add(told.Version);
            return new Sample(told.Seconds, told.CpuSeconds, 0, 0, 0, 0, 0, told.Answer, null);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return Ended($"it took longer than {Quantity.Text(Patience)}");
        }
        catch (IOException)
        {
            return Ended("it ended before it had read its job");
        }
        finally
        {
            if (!process.HasExited)
                process.Kill(entireProcessTree: true);
        }

        Sample Ended(string why) => Sample.Ended(Stopwatch.GetElapsedTime(begun).TotalSeconds, why);
    }

    private object Job(string way) =>
        new
        {
            request.Kind,
            request.Arguments,
            request.Directory,
            By = way,
            Workers = workers,
            request.Pieces,
        };

    /// <summary>The same text, but for spaces; of numbers, the same to nine places: others add up in another order.</summary>
    internal static bool IsSame(string? one, string? other) =>
        one is not null
        && other is not null
        && (
            one.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)
                .SequenceEqual(other.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries))
            || (
                double.TryParse(one, CultureInfo.InvariantCulture, out var a)
                && double.TryParse(other, CultureInfo.InvariantCulture, out var b)
                && Math.Abs(a - b) <= 1e-9 * Math.Max(Math.Abs(a), Math.Abs(b))
            )
        );

    private static string? Find(string program) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "")
            .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .Select(folder => Path.Combine(folder, program))
            .FirstOrDefault(File.Exists);

    private static string Script()
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream("peer.py")!;
        return new StreamReader(stream).ReadToEnd();
    }
}
