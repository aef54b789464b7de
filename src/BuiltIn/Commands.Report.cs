using System.Text.Json.Serialization;
using Mailroom.BuiltIn.Programs;
using Mailroom.Files;
using Mailroom.Input;
using Mailroom.Kinds;

namespace Mailroom.BuiltIn;

/// <remarks>What comes back of the runs, and what is made of it.</remarks>
public sealed partial class Commands
{
    /// <summary>One run.</summary>
    /// <param name="ExitCode">128 + n after signal n; -1 when its time was over</param>
    /// <param name="IsCut">true when it wrote more than was kept</param>
    public sealed record Run(
        int Number,
        string Input,
        IReadOnlyList<string> Program,
        string Machine,
        DateTimeOffset Started,
        double Seconds,
        int ExitCode,
        int Signal,
        bool IsCut,
        IReadOnlyList<string>? Columns = null
    )
    {
        /// <summary>What it wrote to stdout.</summary>
        [JsonIgnore]
        public ReadOnlyMemory<byte> Out { get; init; }

        /// <summary>What it wrote to stderr.</summary>
        [JsonIgnore]
        public ReadOnlyMemory<byte> Error { get; init; }

        [JsonIgnore]
        public string Stdout => Octets.Text(Out.Span);

        [JsonIgnore]
        public string Stderr => Octets.Text(Error.Span);
    }

    /// <summary>A run as it stands in the answer.</summary>
    /// <param name="Stdout">null when it has more than 64 KiB; then it stands in the answer's file only</param>
    /// <param name="StdoutBytes">how many bytes it has, where it is null</param>
    public sealed record Row(
        int Number,
        string Input,
        IReadOnlyList<string> Program,
        string Machine,
        DateTimeOffset Started,
        double Seconds,
        int ExitCode,
        int Signal,
        string? Stdout,
        string Stderr,
        bool IsCut,
        [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] long? StdoutBytes = null
    );

    /// <param name="Output">the file that holds all that the programs wrote to stdout, where that was too much for memory; else
    /// null</param>
    public sealed record Report(
        int Ok,
        int Failed,
        IReadOnlyList<Row> Runs,
        [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Output = null
    )
    {
        /// <summary>What the programs wrote to stdout, where it was not too much for memory.</summary>
        [JsonIgnore]
        public string Text { get; init; } = "";
    }

    public override Report Combine(Args args, IEnumerable<Run> results)
    {
        using var fold = new Gather(args);
        foreach (var run in results)
        {
            fold.Ended(run);
            fold.Add(run);
        }
        return fold.Finish();
    }

    public override IFold<Run, Report> Fold(Args args) => new Gather(args);

    /// <summary>What the programs wrote to stdout, in the order of the inputs and as it is.</summary>
    public override string Text(Report answer) => answer.Text;

    public override string? TextFile(Report answer) => answer.Output;

    /// <summary>What programs that ended well wrote to stderr, and whose output was cut; of others the reason says it.</summary>
    public override IEnumerable<string> Notices(Args args, Report answer)
    {
        foreach (var run in answer.Runs)
        {
            if (run.ExitCode == 0 && run.Stderr.Length > 0)
                yield return run.Stderr.EndsWith('\n') ? run.Stderr[..^1] : run.Stderr;
            if (run.IsCut)
                yield return $"input {run.Number}: its output was cut after {args.Keep} bytes (--keep)";
        }
    }

    private static string FirstLine(string error) =>
        error.AsSpan().TrimStart().IsEmpty ? "" : ": " + Visible.Text(error.TrimStart().Split('\n', 2)[0]);

    /// <summary>Puts outputs one behind the other, in memory as long as they are small, and writes the log as runs end.</summary>
    private sealed class Gather(Args args) : IFold<Run, Report>, IDisposable
    {
        private readonly List<Row> _rows = [];
        private readonly string _path = Scratch.NewPath();
        private readonly Joblog? _log = args.Joblog.Length > 0 ? new Joblog(args.Joblog) : null;
        private readonly ResultFolder? _results = args.Results.Length > 0 ? new ResultFolder(args.Results) : null;
        private Spill? _text;
        private bool _isFinished;

        private Spill Output => _text ??= new Spill(MaxInMemory, _path);

        public void Ended(Run result)
        {
            _log?.Add(result);
            _results?.Add(result);
        }

        public void Add(Run result)
        {
            if (result.Out.Length > MaxShown)
                Output.MoveToFile();
            Output.Write(args.Tag ? Tagged(result) : result.Out.Span);
            _rows.Add(
                new Row(
                    result.Number,
                    result.Input,
                    result.Program,
                    result.Machine,
                    result.Started,
                    result.Seconds,
                    result.ExitCode,
                    result.Signal,
                    result.Out.Length > MaxShown ? null : result.Stdout,
                    result.Stderr,
                    result.IsCut,
                    result.Out.Length > MaxShown ? result.Out.Length : null
                )
            );
        }

        public Report Finish()
        {
            _isFinished = true;
            _log?.Sort();
            var isFile = Output.IsFile;
            var report = new Report(
                _rows.Count(run => run.ExitCode == 0 && !IsTooMuch(run)),
                _rows.Count(run => run.ExitCode != 0 || IsTooMuch(run)),
                _rows,
                isFile ? _path : null
            )
            {
                Text = isFile ? "" : Octets.Text(Output.ToArray()),
            };
            Dispose();
            return report;
        }

        public void Dispose()
        {
            _log?.Dispose();
            _text?.Dispose();
            if (!_isFinished)
                File.Delete(_path);
        }

        private bool IsTooMuch(Row run) => run.IsCut && !args.KeepCut;

        private static byte[] Tagged(Run run)
        {
            var lines = run.Stdout.Split('\n');
            var isWhole = lines[^1].Length == 0;
            return Octets.Bytes(
                string.Join('\n', (isWhole ? lines[..^1] : lines).Select(line => $"{run.Input}\t{line}"))
                    + (isWhole && lines.Length > 1 ? "\n" : "")
            );
        }
    }
}
