using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Mailroom.Benchmarks;

/// <summary>What the door costs: the same host with TLS and without, in turn; and how a host answers while strangers knock.</summary>
internal static class DoorBenchmark
{
    private const int Warm = 4;
    private const int Runs = 11;
    private const int Starts = 15;
    private const string Off = "mailroom.remote.tls=off";

    public static async Task RunAsync()
    {
        await using (var with = new PromptProcess("--nodes", "2"))
        await using (var without = new PromptProcess("--nodes", "2", "--set", Off))
        {
            await with.NodesAsync(2);
            await without.NodesAsync(2);
            foreach (var pieces in new[] { 100_000, 1_000_000 })
                await ThroughputAsync(with, without, pieces);
        }
        await StartAsync();
        await KnockingAsync();
    }

    private static async Task ThroughputAsync(PromptProcess with, PromptProcess without, int pieces)
    {
        var (tls, plain, ratio) = (new List<double>(), new List<double>(), new List<double>());
        for (var run = -Warm; run < Runs; run++)
        {
            var first = await SecondsAsync(run % 2 == 0 ? with : without, pieces);
            var second = await SecondsAsync(run % 2 == 0 ? without : with, pieces);
            if (run < 0)
                continue;
            tls.Add(run % 2 == 0 ? first : second);
            plain.Add(run % 2 == 0 ? second : first);
            ratio.Add(tls[^1] / plain[^1]);
        }
        Report.Row($"{pieces:#,0} empty pieces by processes with TLS, s", "", tls, "0.000");
        Report.Row($"{pieces:#,0} empty pieces by processes without TLS, s", "", plain, "0.000");
        Report.Row($"{pieces:#,0} empty pieces by processes, with / without, run by run", "≤ 1.15", ratio, "0.00");
    }

    private static async Task<double> SecondsAsync(PromptProcess host, int pieces) =>
        (double)(await host.AskAsync($"send practice --count {pieces} --by processes"))["seconds"]!;

    private static async Task StartAsync()
    {
        var (tls, plain, more) = (new List<double>(), new List<double>(), new List<double>());
        for (var run = 0; run < Starts; run++)
        {
            tls.Add(await StartBenchmark.OnceAsync("processes"));
            plain.Add(await StartBenchmark.OnceAsync("processes", "--set", Off));
            more.Add((tls[^1] - plain[^1]) * 1000);
        }
        Report.Row("command to first piece running by processes with TLS, s", "", tls, "0.00");
        Report.Row("command to first piece running by processes without TLS, s", "", plain, "0.00");
        Report.Row("the difference, run by run, ms", "≤ 150", more, "0");
    }

    /// <summary>A thousand connections that say nothing, and all the while others that come and go.</summary>
    private static async Task KnockingAsync()
    {
        await using var host = await RunningHost.StartAsync("--nodes", "1");
        await host.NodesAsync(1);
        var address = IPEndPoint.Parse(host.Address);
        await host.SendAsync("practice", "--count", "300000", "--by", "processes");
        var before = host.Memory();
        var idle = new List<TcpClient>();
        for (var count = 0; count < 1_000; count++)
            idle.Add(await ConnectAsync(address));
        using var stop = new CancellationTokenSource();
        var knocks = 0;
        var knocking = Task.Run(async () =>
        {
            while (!stop.IsCancellationRequested && knocks < 20_000)
            {
                using var client = await ConnectAsync(address);
                await client.GetStream().WriteAsync("GET / HTTP/1.1\r\n\r\n"u8.ToArray());
                knocks++;
            }
        });
        var answers = new List<double>();
        for (var ask = 0; ask < 20; ask++)
        {
            var begun = Stopwatch.GetTimestamp();
            await host.RunAsync("jobs", "--json");
            answers.Add(Stopwatch.GetElapsedTime(begun).TotalMilliseconds);
        }
        await stop.CancelAsync();
        await knocking;
        Report.Row($"`mailroom jobs` as a command, while 1,000 connections idle and {knocks:#,0} others knock, ms", "≤ 500", answers, "0");
        Report.Row("the host's memory gained meanwhile, MB", "≤ 50", [(host.Memory() - before) / 1e6], "0");
        idle.ForEach(client => client.Dispose());
    }

    private static async Task<TcpClient> ConnectAsync(IPEndPoint address)
    {
        var client = new TcpClient();
        await client.ConnectAsync(address);
        return client;
    }
}
