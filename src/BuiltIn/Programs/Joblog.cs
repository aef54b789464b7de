using System.Globalization;
using Mailroom.Files;
using Mailroom.Input;

namespace Mailroom.BuiltIn.Programs;

/// <summary>
/// The log of GNU parallel (<c>--joblog</c>): a line for each run as it ends, in the end in the order of the inputs, tabs between its
/// columns, the command quoted for a shell.
/// </summary>
internal sealed class Joblog : IDisposable
{
    private readonly FileStream _file;
    private readonly List<(int Number, string Row)> _rows = [];
    private readonly long _begin;

    public Joblog(string path)
    {
        _file = new FileStream(FileModes.ForUser(() => SafeFile.Create(path, "")), FileAccess.Write, bufferSize: 0);
        Write("Seq\tHost\tStarttime\tJobRuntime\tSend\tReceive\tExitval\tSignal\tCommand");
        _begin = _file.Position;
    }

    public void Add(Commands.Run run)
    {
        var row = Row(run);
        _rows.Add((run.Number, row));
        Write(row);
    }

    /// <summary>Puts the rows, which stand there as they ended, in the order of the inputs: all have ended.</summary>
    public void Sort()
    {
        _file.Position = _begin;
        foreach (var (_, row) in _rows.OrderBy(row => row.Number))
            Write(row);
    }

    // A line feed in a command would end its line; parallel writes and reads a zero byte for it.
    private static string Row(Commands.Run run) =>
        string.Join(
            '\t',
            run.Number,
            run.Machine,
            (run.Started.ToUnixTimeMilliseconds() / 1000.0).ToString("0.000", CultureInfo.InvariantCulture),
            run.Seconds.ToString("0.000", CultureInfo.InvariantCulture).PadLeft(10),
            0,
            run.Out.Length,
            run.ExitCode < 0 || run.Signal == 0 ? run.ExitCode : 0,
            run.Signal,
            ShellWords.Of(run.Program).Replace('\n', '\0')
        );

    public void Dispose() => _file.Dispose();

    private void Write(string line) => _file.Write(Octets.Bytes(line + "\n"));
}
