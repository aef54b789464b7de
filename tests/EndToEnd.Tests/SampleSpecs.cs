using System.Diagnostics;
using System.Text.RegularExpressions;

namespace Mailroom.EndToEnd;

/// <summary>The small programs to copy.</summary>
public class SampleSpecs : EndToEndSpec
{
    private const string Primes = ": 148933 primes below 2000000 by ";

    [Fact]
    public async Task Threads_and_queue_should_count_alike_with_dotnet_and_with_actors()
    {
        await using var sample = MailroomProcess.StartSample("ThreadsAndQueue");
        var run = await sample.FinishAsync();
        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        Assert.Collection(
            run.Out.Split('\n'),
            line => Assert.StartsWith("threads and a Channel" + Primes, line),
            line => Assert.StartsWith("actors and mailboxes" + Primes, line)
        );
    }

    [Fact]
    public async Task Processes_and_queue_should_lose_nothing_by_the_process_that_dies()
    {
        await using var sample = MailroomProcess.StartSample("ProcessesAndQueue");
        var run = await sample.FinishAsync();
        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        Assert.Collection(
            run.Out.Split('\n'),
            line => Assert.Matches("^process [0-9]+ has died at [0-9]+; another takes its place$", line),
            line => Assert.StartsWith("processes and pipes" + Primes, line),
            line => Assert.Matches("^process [0-9]+ has died at [0-9]+; another takes its place$", line),
            line => Assert.StartsWith("processes and Akka.Remote" + Primes, line)
        );
    }

    [Fact]
    public async Task Async_client_should_find_the_same_in_each_way()
    {
        await using var newsroom = MailroomProcess.Start("newsroom", "--port", "0", "--sources", "20", "--delay", "20ms");
        var address = Regex.Match(newsroom.OutLine("newsroom at"), "http://[0-9.]+:[0-9]+").Value;
        await using var sample = MailroomProcess.StartSample("AsyncClient", address, "storm");
        var run = await sample.FinishAsync();
        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        var found = run.Out.Split('\n').Select(line => Regex.Match(line, ": ([0-9]+) titles with 'storm'").Groups[1].Value).ToList();
        Assert.Equal(3, found.Count);
        Assert.NotEqual("0", Assert.Single(found.Distinct()));
    }

    [Fact]
    public async Task Async_client_should_say_in_one_line_that_nobody_listens()
    {
        await using var sample = MailroomProcess.StartSample("AsyncClient", "http://127.0.0.1:1");
        var run = await sample.FinishAsync();
        Assert.Equal((1, "http://127.0.0.1:1/: Connection refused (127.0.0.1:1)"), (run.ExitCode, run.Error));
    }

    [Fact]
    public async Task Send_and_follow_should_have_a_host_do_its_work()
    {
        var (host, _) = StartHost("--nodes", "1");
        await using var _host = host;
        await using var sample = MailroomProcess.StartSample("SendAndFollow", "1000000", State);
        var run = await sample.FinishAsync();
        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        Assert.Equal("job 1: Completed, 64 of 64 pieces", run.Out.Split('\n')[^2]);
        Assert.StartsWith("333.333", run.Out.Split('\n')[^1]);

        await using var endless = MailroomProcess.StartSample("SendAndFollow", "1000000000000", State);
        endless.OutLine("job 2: Running");
        MailroomProcess.Signal(endless.Pid, "INT");
        var cancelled = await endless.FinishAsync();
        Assert.Equal(1, cancelled.ExitCode);
        Assert.StartsWith("cancelled by the user", cancelled.Out.Split('\n')[^1]);
        Assert.Equal("cancelled", (string)(await Mailroom("jobs", "--json")).Json[0]!["state"]!);
    }

    [Fact]
    public async Task Send_and_follow_should_say_in_one_line_that_no_host_is_there()
    {
        await using var sample = MailroomProcess.StartSample("SendAndFollow", "1000", State);
        var run = await sample.FinishAsync();
        Assert.Equal((4, $"no host runs on {State}; 'mailroom start' starts one"), (run.ExitCode, run.Error));
    }

    [Theory]
    [InlineData("dotnet")]
    [InlineData("actors")]
    public async Task Responsive_console_should_answer_while_it_counts(string how)
    {
        await using var sample = MailroomProcess.StartSample("ResponsiveConsole", how);
        sample.OutLine("status, stop or quit");
        Assert.Matches("^[0-9]+ primes up to [0-9]+$", await sample.AskAsync("status"));
        var stopped = await sample.AskAsync("stop");
        Assert.Matches("^stopped: [0-9]+ primes up to [0-9]+$", stopped);
        Assert.Equal(stopped, "stopped: " + await sample.AskAsync("status"));
        Assert.Equal(0, (await sample.FinishAsync()).ExitCode);
    }

    [InstalledFact("python3")]
    public async Task Python_programs_should_find_what_those_beside_them_do()
    {
        Assert.StartsWith("threads and a queue: 17984 primes below 200000 by 2 workers in ", await PythonAsync("threads_and_queue.py"));
        Assert.StartsWith("processes and a queue: 17984 primes below 200000 by 2 workers in ", await PythonAsync("processes_and_queue.py"));
        await using var newsroom = MailroomProcess.Start("newsroom", "--port", "0", "--sources", "20", "--delay", "20ms");
        var address = Regex.Match(newsroom.OutLine("newsroom at"), "http://[0-9.]+:[0-9]+").Value;
        await using var sample = MailroomProcess.StartSample("AsyncClient", address, "storm");
        var found = Regex.Match((await sample.FinishAsync()).Out, "[0-9]+ titles with 'storm'").Value;
        Assert.Equal(2, Regex.Count(await PythonAsync("async_client.py", address, "storm"), found));
    }

    private static async Task<string> PythonAsync(string program, params string[] arguments)
    {
        var path = Path.Combine(AppContext.BaseDirectory, "../../../../../samples/python", program);
        using var python = Process.Start(new ProcessStartInfo("python3", [path, .. arguments]) { RedirectStandardOutput = true })!;
        var said = await python.StandardOutput.ReadToEndAsync();
        await python.WaitForExitAsync();
        Assert.Equal((0, program), (python.ExitCode, program));
        return said;
    }

    [Fact]
    public void Each_file_should_have_fewer_than_80_lines()
    {
        var samples = Path.Combine(AppContext.BaseDirectory, "../../../../../samples");
        var files = Directory.GetFiles(samples, "*.cs", SearchOption.AllDirectories).Where(file => !file.Contains("/obj/")).ToList();
        Assert.NotEmpty(files);
        Assert.DoesNotContain(files, file => File.ReadLines(file).Count() >= 80);
    }
}
