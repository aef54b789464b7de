using System.Text.Json.Nodes;
using Mailroom.Client;
using Mailroom.Input;
using Mailroom.Kinds;

namespace Mailroom.EndToEnd;

/// <summary>A host as a program of one's own sees it.</summary>
public class ClientSpecs : EndToEndSpec
{
    private static readonly JobRequest Practice = new("practice", new JsonObject { ["count"] = 20 }, "/", Technique.Threads);

    [Fact]
    public async Task Client_should_send_follow_steer_and_read_jobs()
    {
        var (host, _) = StartHost("--nodes", "0");
        await using var _host = host;
        using var mailroom = await MailroomClient.ConnectAsync(State);

        var ended = await mailroom.WaitAsync(await mailroom.SendAsync(Practice));
        Assert.Equal((JobState.Completed, 20, 20), (ended.State, ended.Pieces.Done, ended.AnswerAs<Counted>().Count));

        var request = Practice with
        {
            Arguments = new JsonObject { ["count"] = 100_000, ["wait"] = "1s" },
            Id = "once",
        };
        var job = await mailroom.SendAsync(request);
        Assert.Equal(job, await mailroom.SendAsync(request)); // the answer might have been lost
        Assert.Equal(JobState.Paused, (await mailroom.PauseAsync(job)).State);
        Assert.False((await mailroom.ResumeAsync(job)).HasEnded);
        await using (var states = mailroom.FollowAsync(job).GetAsyncEnumerator())
            Assert.True(await states.MoveNextAsync() && !states.Current.HasEnded);
        Assert.Throws<InvalidOperationException>(() => ended with { Answer = null } is var none ? none.AnswerAs<Counted>() : null);
        Assert.Equal(JobState.Cancelled, (await mailroom.CancelAsync(job)).State);
        Assert.Equal([job, ended.Job], (await mailroom.JobsAsync()).Select(row => row.Job));
    }

    [Fact]
    public async Task Client_should_tell_what_the_console_would()
    {
        var nowhere = await Assert.ThrowsAsync<UserError>(() => MailroomClient.ConnectAsync(State));
        Assert.Equal((ExitCode.Unreachable, $"no host runs on {State}; 'mailroom start' starts one"), (nowhere.ExitCode, nowhere.Message));

        var (host, _) = StartHost("--nodes", "0");
        await using var _host = host;
        using var mailroom = await MailroomClient.ConnectAsync(State);
        var unknown = await Assert.ThrowsAsync<UserError>(() => mailroom.JobAsync(7));
        Assert.Equal((ExitCode.NotFound, "there is no job 7; 'mailroom jobs' lists them"), (unknown.ExitCode, unknown.Message));
        var kind = await Assert.ThrowsAsync<UserError>(() => mailroom.SendAsync(Practice with { Kind = "practise" }));
        Assert.Equal(ExitCode.NotFound, kind.ExitCode);
        Assert.Contains("practice", kind.Message);
        await Assert.ThrowsAsync<UserError>(() => mailroom.SendAsync(Practice with { Workers = 0 }));

        var job = await mailroom.SendAsync(
            Practice with
            {
                Arguments = new JsonObject { ["count"] = 100_000, ["wait"] = "1s" },
            }
        );
        var end = mailroom.WaitAsync(job);
        MailroomProcess.Signal(host.Pid, "TERM");
        Assert.Equal(ExitCode.Unreachable, (await Assert.ThrowsAsync<UserError>(() => end)).ExitCode);
    }

    private sealed record Counted([property: System.Text.Json.Serialization.JsonPropertyName("ran")] int Count);
}
