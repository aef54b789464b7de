using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Threading.Channels;

namespace Mailroom.Benchmarks;

/// <summary>
/// What others do with the same: .NET's channels, plain TCP, Python's pools. Those that are not installed are left out by name.
/// </summary>
internal static class Peers
{
    private const int Pieces = 1_000_000;
    private const int Runs = 5;
    private const int Chunk = 256;

    public static string OddKinds { get; } = Path.Combine(AppContext.BaseDirectory, "OddKinds.dll");

    public static bool HasPython { get; } = Starts("python3", "--version");

    public static async Task RunAsync()
    {
        await RowAsync(
            "1,000,000 numbers through an unbounded Channel to 2 readers, pieces/s",
            () => ChannelAsync(Channel.CreateUnbounded<int>())
        );
        await RowAsync(
            "1,000,000 numbers through a Channel of 1,024 to 2 readers, pieces/s",
            () => ChannelAsync(Channel.CreateBounded<int>(1024))
        );
        await RowAsync("1,000,000 numbers over TCP on loopback and back, 256 in a message, pieces/s", TcpAsync);
        if (HasPython)
            await RowAsync("1,000,000 empty pieces by Python's Pool.map, 2 processes, pieces/s", () => PythonAsync(Map));
        else
            Console.WriteLine("(python3 is not installed: Pool.map is left out)");
    }

    /// <returns>seconds in which Python's Pool.imap gives so many results of so many bytes</returns>
    public static Task<double> ImapAsync(int bytes, int count) =>
        PythonAsync(
            string.Create(CultureInfo.InvariantCulture, $"sum(map(len, pool.imap(blob, [{bytes}] * {count}, {Math.Max(1, count / 1000)})))")
        );

    private static string Map => string.Create(CultureInfo.InvariantCulture, $"pool.map(empty, range({Pieces}))");

    private static async Task RowAsync(string what, Func<Task<double>> once)
    {
        var rates = new List<double>();
        for (var run = -1; run < Runs; run++)
        {
            var seconds = await once();
            if (run >= 0)
                rates.Add(Pieces / seconds);
        }
        Report.Row(what, "", rates, "#,0");
    }

    private static async Task<double> ChannelAsync(Channel<int> channel)
    {
        var begun = Stopwatch.GetTimestamp();
        var readers = Enumerable.Range(0, 2).Select(_ => Task.Run(ReadAsync)).ToList();
        for (var piece = 0; piece < Pieces; piece++)
            if (!channel.Writer.TryWrite(piece))
                await channel.Writer.WriteAsync(piece);
        channel.Writer.Complete();
        var sum = (await Task.WhenAll(readers)).Sum();
        return sum == (long)Pieces * (Pieces - 1) / 2
            ? Stopwatch.GetElapsedTime(begun).TotalSeconds
            : throw new InvalidOperationException("something was lost");

        async Task<long> ReadAsync()
        {
            var sum = 0L;
            while (await channel.Reader.WaitToReadAsync())
            while (channel.Reader.TryRead(out var piece))
                sum += piece;
            return sum;
        }
    }

    private static async Task<double> TcpAsync()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        using var here = new TcpClient();
        await here.ConnectAsync((IPEndPoint)listener.LocalEndpoint);
        using var there = await listener.AcceptTcpClientAsync();
        var echo = Task.Run(() => there.GetStream().CopyToAsync(there.GetStream()));
        var begun = Stopwatch.GetTimestamp();
        var send = Task.Run(async () =>
        {
            var chunk = new byte[Chunk * sizeof(int)];
            for (var sent = 0; sent < Pieces * sizeof(int); sent += chunk.Length)
                await here.GetStream().WriteAsync(chunk.AsMemory(0, Math.Min(chunk.Length, (Pieces * sizeof(int)) - sent)));
        });
        var buffer = new byte[64 * 1024];
        for (var got = 0; got < Pieces * sizeof(int); )
            got += await here.GetStream().ReadAsync(buffer);
        await send;
        var seconds = Stopwatch.GetElapsedTime(begun).TotalSeconds;
        here.Close();
        await echo.ContinueWith(_ => { }, TaskScheduler.Default);
        return seconds;
    }

    /// <summary>The seconds that an expression takes with a warm pool of two processes.</summary>
    private static async Task<double> PythonAsync(string expression)
    {
        var program = $"""
            import multiprocessing, time
            def empty(n): return n
            def blob(n): return b"x" * n
            if __name__ == "__main__":
                with multiprocessing.get_context("fork").Pool(2) as pool:
                    pool.map(empty, range(1000))
                    begun = time.perf_counter()
                    {expression}
                    print(time.perf_counter() - begun)
            """;
        using var process = Process.Start(new ProcessStartInfo("python3", ["-c", program]) { RedirectStandardOutput = true })!;
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return double.Parse(output, CultureInfo.InvariantCulture);
    }

    private static bool Starts(string program, string argument)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(program, [argument]) { RedirectStandardOutput = true })!;
            process.WaitForExit();
            return process.ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }
}
