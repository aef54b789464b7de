// A program of one's own that lets a Mailroom host work for it: sends a job, follows it, reads its answer. Ctrl-C cancels the job.
//
//   mailroom start                                   # in another terminal
//   dotnet run --project samples/SendAndFollow -- 2000000000
using System.Text.Json.Nodes;
using Mailroom.Client;
using Mailroom.Input;
using Mailroom.Kinds;

if (args is not [var number, .. var rest] || rest.Length > 1 || !long.TryParse(number, out var steps))
{
    Console.Error.WriteLine("usage: SendAndFollow STEPS [FOLDER], where FOLDER is the host's state folder if it is not the usual one");
    return 2;
}
using var stop = new CancellationTokenSource();
Console.CancelKeyPress += (_, pressed) =>
{
    pressed.Cancel = true;
    stop.Cancel();
};
try
{
    using var mailroom = await MailroomClient.ConnectAsync(rest.FirstOrDefault());
    var arguments = new JsonObject
    {
        ["expression"] = "x^2",
        ["from"] = 0,
        ["to"] = 10,
        ["steps"] = steps,
    };
    var job = await mailroom.SendAsync(new JobRequest("integrate", arguments, Environment.CurrentDirectory, Technique.Processes));
    try
    {
        await foreach (var now in mailroom.FollowAsync(job, stop.Token))
            Console.WriteLine($"job {job}: {now.State}, {now.Pieces.Done} of {now.Pieces.Total} pieces");
    }
    catch (OperationCanceledException)
    {
        await mailroom.CancelAsync(job);
    }
    var end = await mailroom.JobAsync(job);
    Console.WriteLine(end.State == JobState.Completed ? $"{end.AnswerAs<Integral>().Value}" : end.Reason);
    return end.State == JobState.Completed ? 0 : 1;
}
catch (UserError error)
{
    Console.Error.WriteLine(error.Message);
    return (int)error.ExitCode;
}

internal sealed record Integral(double Value);
