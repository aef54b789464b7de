using Mailroom.Input;
using Mailroom.Model;

namespace Mailroom.Host.Console;

/// <summary>A job's progress with its rate and the time that is left, estimated from the last few seconds.</summary>
internal sealed class ProgressLine
{
    private const double Window = 5;

    private readonly Queue<(double Seconds, int Settled)> _samples = new();

    public void Sample(JobSummary job)
    {
        _samples.Enqueue((job.Seconds, Settled(job)));
        while (_samples.Count > 2 && job.Seconds - _samples.Peek().Seconds > Window)
            _samples.Dequeue();
    }

    public string Bar(JobSummary job, int width)
    {
        var text = Text(job);
        if (job.Pieces.Total is not > 0 || width < text.Length + 14)
            return text;
        var room = Math.Min(40, width - text.Length - 4);
        var filled = (int)((long)room * Settled(job) / job.Pieces.Total.Value);
        return $"[{new string('#', filled)}{new string('.', room - filled)}] {text}";
    }

    public string Plain(JobSummary job) => $"job {job.Job}: {Text(job)}";

    private string Text(JobSummary job)
    {
        var settled = Settled(job);
        var (seconds, before) = _samples.Count > 0 ? _samples.Peek() : (0, 0);
        var rate =
            job.Seconds > seconds ? (settled - before) / (job.Seconds - seconds)
            : job.Seconds > 0 ? settled / job.Seconds
            : 0;
        var dead = job.Pieces.Dead > 0 ? $", {job.Pieces.Dead} dead" : "";
        if (job.Pieces.Total is not { } total)
            return $"{settled} pieces{dead}, {Quantity.Text(rate)}/s";
        var left = rate > 0 ? $", {Quantity.Text(TimeSpan.FromSeconds(Math.Min(1e8, (total - settled) / rate)))} left" : "";
        return $"{(total == 0 ? 100 : 100L * settled / total)} % {settled}/{total}{dead}, {Quantity.Text(rate)}/s{left}";
    }

    private static int Settled(JobSummary job) => job.Pieces.Done + job.Pieces.Dead;
}
