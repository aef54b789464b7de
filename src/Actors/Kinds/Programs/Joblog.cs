using System.Globalization;
using Mailroom.Files;

namespace Mailroom.Kinds.Programs;

/// <summary>The log of GNU parallel (<c>--joblog</c>): a line for each run, tabs between its columns.</summary>
internal sealed class Joblog : IDisposable
{
    private readonly StreamWriter _file;

    public Joblog(string path)
    {
        _file = new StreamWriter(FileModes.ForUser(() => File.Create(path))) { NewLine = "\n", AutoFlush = true };
        _file.WriteLine("Seq\tHost\tStarttime\tJobRuntime\tSend\tReceive\tExitval\tSignal\tCommand");
    }

    public void Add(Commands.Run run) => _file.WriteLine(string.Create(CultureInfo.InvariantCulture,
        $"{run.Number}\t{run.Machine}\t{run.Started.ToUnixTimeMilliseconds() / 1000.0:0.000}\t{run.Seconds,10:0.000}\t0\t{System.Text.Encoding.UTF8.GetByteCount(run.Stdout)}\t{(run.ExitCode < 0 || run.Signal == 0 ? run.ExitCode : 0)}\t{run.Signal}\t{Input.Visible.Text(string.Join(' ', run.Program))}"));

    public void Dispose() => _file.Dispose();
}
