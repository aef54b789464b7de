using System.Diagnostics;
using System.Text.Json.Nodes;
using Mailroom.BuiltIn;
using Mailroom.Kinds;

namespace Mailroom.Benchmarks;

/// <summary>
/// <c>words</c> and <c>checksum</c> on files in the cache, 2 workers, against the same code as a plain loop, and against sha256sum.
/// </summary>
internal static class FilesBenchmark
{
    private const int Runs = 5;

    public static async Task RunAsync()
    {
        var folder = Directory.CreateTempSubdirectory("mailroom-bench").FullName;
        try
        {
            var (texts, files) = (Path.Combine(folder, "texts"), Path.Combine(folder, "files"));
            Texts.Write(Directory.CreateDirectory(texts).FullName, files: 4, bytesEach: 64_000_000);
            Directory.CreateDirectory(files);
            for (var i = 0; i < 1_000; i++)
                File.WriteAllBytes(Path.Combine(files, $"{i:000}"), Bytes(i));
            await using var host = new PromptProcess("--nodes", "2");
            await host.NodesAsync(2);
            await CompareAsync(host, new Words(), texts, null);
            await CompareAsync(host, new Checksum(), files, $"find {files} -type f | sort | xargs -P 2 -n 250 sha256sum");
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>The host's memory while it counts the words of 2 GB.</summary>
    public static async Task MemoryAsync()
    {
        var folder = Directory.CreateTempSubdirectory("mailroom-bench").FullName;
        try
        {
            Texts.Write(folder, files: 1, bytesEach: 2_000_000_000);
            foreach (var by in new[] { "threads", "processes" })
            {
                await using var host = await RunningHost.StartAsync("--nodes", "2");
                await host.NodesAsync(2);
                var pids = (await host.RunAsync("nodes", "--json")).AsArray().Select(node => (int)node!["pid"]!).Prepend(host.Pid).ToList();
                var send = host.SendAsync("words", folder, "--by", by);
                List<double>[] seen =
                [
                    [],
                    [],
                ];
                while (!send.IsCompleted)
                {
                    seen[0].Add(MegaBytes(pids[0]));
                    seen[1].Add(pids.Skip(1).Max(MegaBytes));
                    await Task.WhenAny(send, Task.Delay(50));
                }
                Report.Row($"words of a 2 GB file by {by}, the host's memory, MB (goal for max)", "< 200", seen[0], "0");
                if (by == "processes")
                    Report.Row("the same, the bigger node's memory, MB (goal for max)", "< 200", seen[1], "0");
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task CompareAsync(PromptProcess host, IKind kind, string folder, string? peer)
    {
        List<double> plain = [],
            threads = [],
            processes = [],
            peers = [];
        for (var run = -1; run < Runs; run++)
        {
            var p = await Plain.SecondsAsync(kind, new JsonObject { ["path"] = new JsonArray(folder) }, folder);
            var t = (double)(await host.AskAsync($"send {kind.Name} {folder} --workers 2 --by threads"))["seconds"]!;
            var n = (double)(await host.AskAsync($"send {kind.Name} {folder} --workers 2 --by processes"))["seconds"]!;
            var x = peer is null ? 0 : await Plain.SecondsAsync(peer);
            if (run < 0)
                continue; // all warm
            plain.Add(p);
            threads.Add(t);
            processes.Add(n);
            peers.Add(x);
        }
        Report.Row($"{kind.Name}, plain loop, s", "", plain, "0.000");
        Report.Row($"{kind.Name}, 2 threads, times the plain loop's speed", "≥ 1.8", [.. plain.Zip(threads, (a, b) => a / b)], "0.00");
        Report.Row($"{kind.Name}, 2 processes, times the plain loop's speed", "≥ 1.8", [.. plain.Zip(processes, (a, b) => a / b)], "0.00");
        if (peer is not null)
            Report.Row(
                "checksum of 1,000 files of 1 MB by 2 threads / sha256sum by xargs -P 2, time",
                "≤ 1",
                [.. threads.Zip(peers, (a, b) => a / b)],
                "0.00"
            );
    }

    private static byte[] Bytes(int seed)
    {
        var bytes = new byte[1_000_000];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    private static double MegaBytes(int pid)
    {
        using var process = Process.GetProcessById(pid);
        return process.WorkingSet64 / 1e6;
    }

    /// <summary>Texts with the vocabulary of a language: 50,000 words, the n-th about 1/n as frequent as the first.</summary>
    private static class Texts
    {
        private const int Vocabulary = 50_000;

        public static void Write(string folder, int files, long bytesEach)
        {
            var random = new Random(1);
            var words = Enumerable
                .Range(0, Vocabulary)
                .Select(i =>
                    string.Concat(
                        Enumerable
                            .Range(0, 2 + random.Next(4))
                            .Select(_ => "brcdfgklmnprstv"[random.Next(15)].ToString() + "aeiouéä"[random.Next(7)])
                    )
                )
                .ToArray();
            for (var file = 0; file < files; file++)
            {
                using var text = new StreamWriter(Path.Combine(folder, $"{file}.txt"));
                for (long written = 0; written < bytesEach; )
                {
                    // The logarithm of a word's rank is uniform: Zipf's law.
                    var word = words[(int)Math.Exp(random.NextDouble() * Math.Log(Vocabulary)) % Vocabulary];
                    var end = random.Next(12) == 0 ? ".\n" : " ";
                    text.Write(word);
                    text.Write(end);
                    written += System.Text.Encoding.UTF8.GetByteCount(word) + end.Length;
                }
            }
        }
    }
}
