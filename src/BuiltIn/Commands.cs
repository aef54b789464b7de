using System.ComponentModel;
using System.Text.Json.Serialization;
using Mailroom.BuiltIn.Files;
using Mailroom.BuiltIn.Programs;
using Mailroom.Files;
using Mailroom.Input;
using Mailroom.Kinds;

namespace Mailroom.BuiltIn;

/// <summary>Runs a program once for each input, as <c>xargs -n 1</c> and GNU parallel do.</summary>
public sealed class Commands : JobKind<Commands.Args, Commands.Input, Commands.Run, Commands.Report>
{
    private const long MaxKept = 512L * 1024 * 1024;
    private const int MaxMaxArgs = 10_000;

    // What is more stands in the answer's file, and not in its JSON.
    private const int MaxShown = 64 * 1024;
    private const int MaxInMemory = 1024 * 1024;

    // No such file or folder, not permitted, too many arguments, a format that the system doesn't know: it would never start.
    private static readonly int[] NeverStarts = OperatingSystem.IsWindows() ? [2, 3, 5, 206, 193] : [2, 13, 7, 8];

    private static readonly TimeSpan Longest = TimeSpan.FromDays(30);

    public sealed record Args(
        [property: Positional(
            "the program and its arguments after --; {} is the input, {1} a column, {.} without extension, {/} its last part, {//} "
                + "its folder, {/.} both, {#} its number, {%} its slot; without any it comes last. Inputs may follow behind ::: or, "
                + "in files, behind ::::"
        )]
            IReadOnlyList<string> Program,
        [property: Option("a file with one input a line; - or nothing is stdin", Aliases = ["-a"])]
        [property: Lines(stdinByDefault: true, Unless = [Programs.Inputs.Words, Programs.Inputs.Files])]
            string Inputs = "",
        [property: Option("time for one run; then its whole process group is ended")] TimeSpan Timeout = default,
        [property: Option("how much of stdout, and of stderr, is kept of each run; what writes more is ended and has failed")]
            long Keep = 64 * 1024 * 1024,
        [property: Option("let what writes more go on, and keep the beginning")] bool KeepCut = false,
        [property: Option("also write a log of the runs into this file, in the format of GNU parallel")]
        [property: Path]
            string Joblog = "",
        [property: Option("inputs end with a zero byte instead of a line feed, as find -print0 writes them", Aliases = ["-0"])]
            bool Null = false,
        [property: Option("the byte that ends an input; a line feed by default", Aliases = ["-d"])] string Delimiter = "",
        [property: Option("a regular expression that cuts each input into columns {1}, {2} …", Aliases = ["-C"])] string Colsep = "",
        [property: Option("so many inputs for each run, as {1}, {2} …", Aliases = ["-N", "-n"])] int MaxArgs = 1,
        [property: Option("print the commands instead of running them")] bool DryRun = false,
        [property: Option("begin each line of output with its input and a tab")] bool Tag = false,
        [property: Option("time between two starts, whatever runs them")] TimeSpan Delay = default,
        [property: Option("also write each run's stdout and stderr into files of this folder, in the form of GNU parallel")]
        [property: Path]
            string Results = "",
        [property: Option("the folder to run in; the current one by default")] [property: Path] string Directory = ""
    );

    /// <param name="Number">its place among the inputs, from 1</param>
    /// <param name="Text">the input, or its columns with blanks between them</param>
    /// <param name="Columns">null where it has only one</param>
    public sealed record Input(int Number, string Text, IReadOnlyList<string>? Columns = null);

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

    public override string Name => "command";

    public override string Summary => "Runs a program once for each input, never through a shell; outputs come in the order of the inputs.";

    public override Technique Preferred => Technique.Async;

    public override string Because => "the work is in other processes already, and one thread can wait for all of them";

    public override bool RunsPrograms => true;

    public override bool NeedsEveryPiece => false;

    public override int? Attempts => 1;

    public override Codec<Run> ResultCodec { get; } = new RunCodec();

    public override bool IsTextExact => true;

    public override IReadOnlyDictionary<string, string> Elsewhere { get; } =
        new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["-k"] = "outputs always come in the order of the inputs",
            ["--keep-order"] = "outputs always come in the order of the inputs",
            ["-P"] = "--workers N (or -j N) says how many run at once",
            ["--jobs"] = "--workers N (or -j N) says how many run at once",
            ["--max-procs"] = "--workers N (or -j N) says how many run at once",
            ["-I"] = "the input is always {}",
            ["-L"] = "--max-args N takes N inputs for each run",
            ["-X"] = "--max-args N takes N inputs for each run",
            ["-m"] = "--max-args N takes N inputs for each run",
            ["--xargs"] = "--max-args N takes N inputs for each run",
            ["-q"] = "words are always handed on as they are",
            ["--quote"] = "words are always handed on as they are",
            ["--arg-file"] = "--inputs FILE names a file of inputs",
            ["--wd"] = "--directory DIR is the folder to run in",
            ["--workdir"] = "--directory DIR is the folder to run in",
            ["--bar"] = "a terminal always shows how far the job is",
            ["--eta"] = "a terminal always shows how far the job is",
            ["--progress"] = "a terminal always shows how far the job is",
            ["--resume"] = "'mailroom jobs retry ID' runs what has failed again, and a host goes on with what it had not done",
            ["--resume-failed"] = "'mailroom jobs retry ID' runs what has failed again",
            ["--retry-failed"] = "'mailroom jobs retry ID' runs what has failed again",
            ["-S"] = "nodes run pieces elsewhere: 'mailroom nodes --help'",
            ["--sshlogin"] = "nodes run pieces elsewhere: 'mailroom nodes --help'",
            ["--pipe"] = "programs have no stdin here; split the input into files and give their names",
            ["--pipepart"] = "programs have no stdin here; split the input into files and give their names",
            ["--group"] = "outputs always come whole, one after the other",
            ["-u"] = "outputs always come whole, one after the other",
            ["--ungroup"] = "outputs always come whole, one after the other",
            ["--line-buffer"] = "outputs always come whole, one after the other",
            ["--lb"] = "outputs always come whole, one after the other",
            ["--link"] = "give one file of lines with --inputs FILE and --colsep",
            ["--xapply"] = "give one file of lines with --inputs FILE and --colsep",
            ["--header"] = "name columns {1}, {2} …; tail -n +2 passes over a header",
            ["--shuf"] = "shuf FILE puts lines in an order of chance",
            ["--nice"] = "put nice before the program",
            ["--files"] = "--results DIR writes the outputs into files",
            ["--no-run-if-empty"] = "nothing is run without inputs",
            ["-r"] = "nothing is run without inputs",
            ["-t"] = "--dry-run prints the commands, and --joblog FILE keeps them",
            ["--verbose"] = "--dry-run prints the commands, and --joblog FILE keeps them",
            ["--tagstring"] = "--tag begins each line with its input",
            ["--semaphore"] = "flock(1) makes programs wait for one another",
            ["--max-replace-args"] = "--max-args N takes N inputs for each run",
        };

    public override Args Check(Args args, string directory)
    {
        var complete = args with
        {
            Directory = Path.GetFullPath(args.Directory, directory),
            Inputs = args.Inputs.Length == 0 ? "" : Path.GetFullPath(args.Inputs, directory),
            Joblog = args.Joblog.Length == 0 ? "" : Path.GetFullPath(args.Joblog, directory),
            Results = args.Results.Length == 0 ? "" : Path.GetFullPath(args.Results, directory),
        };
        var program = Programs.Inputs.ProgramOf(args.Program);
        if (program.Count == 0)
            throw new UserError("command: there is no program before the inputs; give program and arguments after --");
        if (program[0].StartsWith('-') && Elsewhere.TryGetValue(program[0], out var instead))
            throw new UserError($"command: there is no option '{Visible.Text(program[0])}' here: {instead}");
        if (program[0].Length == 0)
            throw new UserError("command: the program's name is empty; is a variable not set?");
        if (complete.Inputs.Length == 0 && !Programs.Inputs.HasSources(args.Program))
            throw new UserError("command: there are no inputs; name a file with --inputs FILE, pipe lines in, or write them behind :::");
        if (Placeholders.Unknown(program) is { } unknown)
            throw new UserError(
                $"command: {unknown} of GNU parallel is not here; there are {{}}, {{1}}, {{.}}, {{/}}, {{//}}, {{/.}}, {{#}} and {{%}}"
            );
        if (!Disk.IsFolder(complete.Directory))
            throw new UserError(
                $"command: --directory {Visible.Text(args.Directory.Length == 0 ? directory : args.Directory)}: there is no such folder"
            );
        if (complete.Inputs.Length > 0)
            InputLines.Check(Name, "--inputs", complete.Inputs);
        Programs.Inputs.Check(complete);
        _ = Programs.Inputs.Delimiter(complete);
        _ = Programs.Inputs.Separator(complete.Colsep);
        if (complete.Joblog.Length > 0 && SafeFile.WhyNotWritable(complete.Joblog) is { } reason)
            throw new UserError($"command: --joblog {Visible.Text(args.Joblog)} can't be written: {reason}");
        if (complete.Results.Length > 0 && Disk.IsFile(complete.Results))
            throw new UserError($"command: --results {Visible.Text(args.Results)} is a file, but it takes a folder");
        if (complete.Results.Length > 0 && SafeFile.WhyNoFolder(complete.Results) is { } no)
            throw new UserError($"command: --results {Visible.Text(args.Results)} can't be written: {no}");
        if (args.Timeout > Longest || args.Delay > Longest)
            throw new UserError(
                $"command: --{(args.Timeout > Longest ? "timeout" : "delay")} is "
                    + $"{Quantity.Text(args.Timeout > Longest ? args.Timeout : args.Delay)}, but it takes at most 30d"
            );
        if (args.Keep is < 0 or > MaxKept)
            throw new UserError($"command: --keep is {args.Keep}, but it takes 0 to {MaxKept}");
        if (args.MaxArgs is < 1 or > MaxMaxArgs)
            throw new UserError($"command: --max-args is {args.MaxArgs}, but it takes 1 to {MaxMaxArgs}");
        if (PortableChild.IsBatch(program[0]))
            throw new UserError($"command: {PortableChild.NoBatch(program[0])}");
        if (!Placeholders.Any(program[0]) && Found(program[0], complete.Directory) is null)
            throw new UserError($"command: there is no program '{Visible.Text(program[0])}'{Hint(program[0])}");
        return complete;
    }

    private static string Hint(string program) =>
        program.Contains(' ', StringComparison.Ordinal) ? "; give program and arguments as separate words, no shell reads them" : "";

    public override IEnumerable<Input> Split(Args args, SplitHint hint) =>
        new Counted<Input>(Programs.Inputs.Of(args), Programs.Inputs.Of(args).Count());

    public override async ValueTask<Run> RunAsync(Args args, Input piece, PieceContext context)
    {
        var program = Programs.Inputs.ProgramOf(args.Program);
        var (place, slot) = Placeholders.NeedsSlot(program) ? Turns.Take(context.Job) : default;
        using (place)
        {
            if (args.Delay > TimeSpan.Zero)
                await Turns.WaitAsync(context.Job, args.Delay, context.Cancellation).ConfigureAwait(false);
            return await RunAsync(args, piece, Placeholders.Fill(program, piece, slot, args.Colsep.Length == 0 ? args.MaxArgs : 1), context)
                .ConfigureAwait(false);
        }
    }

    private static async ValueTask<Run> RunAsync(Args args, Input piece, IReadOnlyList<string> program, PieceContext context)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(context.Cancellation);
        if (args.Timeout > TimeSpan.Zero)
            limit.CancelAfter(args.Timeout);
        var started = TimeProvider.System.GetUtcNow();
        var run = new Run(piece.Number, piece.Text, program, Environment.MachineName, started, 0, 0, 0, false, piece.Columns);
        if (args.DryRun)
            return run with { Out = Octets.Bytes(ShellWords.Of(program) + "\n") };
        var ended = await Started(program, args, context.MayBlock, limit.Token).ConfigureAwait(false);
        context.Charge(ended.CpuSeconds);
        context.Cancellation.ThrowIfCancellationRequested();
        var late = limit.IsCancellationRequested;
        run = run with
        {
            Seconds = Math.Round(ended.Seconds, 6),
            ExitCode = late ? -1 : ended.ExitCode,
            Signal = ended.Signal,
            IsCut = ended.IsCut,
            Out = ended.Out,
            Error = ended.Error,
        };
        return late
                ? throw new AttemptFailedException(
                    $"timed out after {Quantity.Text(args.Timeout)}, {(OperatingSystem.IsLinux() ? "its process group" : "it")} is ended",
                    run
                )
            : ended.Problem is { } problem ? throw new AttemptFailedException(problem, run)
            : ended.ExitCode == 0 ? run
            : throw new AttemptFailedException(How(ended) + FirstLine(run.Stderr), run);
    }

    private static string How(Ended ended) =>
        ended.Signal != 0 ? $"killed by signal {ended.Signal}"
        : ended.ExitCode == Posix.UnknownExit ? "its exit code is unknown, because mailroom was started with SIGCHLD ignored"
        : $"exit {ended.ExitCode}";

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

    private static ValueTask<Ended> Started(IReadOnlyList<string> program, Args args, bool mayBlock, CancellationToken cancellation)
    {
        if (program.Any(word => word.Contains('\0', StringComparison.Ordinal)))
            throw new GiveUpException("the input holds a zero byte, which no argument may have; --null takes it for the end of an input");
        var kept = new Kept(args.Keep, args.KeepCut);
        try
        {
            if (!OperatingSystem.IsLinux())
                return new(
                    PortableChild.RunAsync(
                        PortableChild.Start([Found(program[0], args.Directory) ?? program[0], .. program.Skip(1)], args.Directory),
                        kept,
                        cancellation
                    )
                );
            var child = new Child(program, args.Directory, kept);
            return mayBlock ? new(Watch.Wait(child, cancellation)) : new(Watch.WaitAsync(child, cancellation));
        }
        catch (Win32Exception error) when (NeverStarts.Contains(error.NativeErrorCode))
        {
            throw new GiveUpException(
                $"{Visible.Text(program[0])} can't be started in {Visible.Text(args.Directory)}: {error.Message}",
                error
            );
        }
    }

    // The file that is run, or null where there is none.
    private static string? Found(string program, string directory)
    {
        var name = OperatingSystem.IsWindows() && !Path.HasExtension(program) ? program + ".exe" : program;
        string[] folders = program.AsSpan().ContainsAny(Path.DirectorySeparatorChar, Path.AltDirectorySeparatorChar)
            ? [directory]
            : [.. (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)];
        return folders.Select(folder => Path.Combine(folder, name)).FirstOrDefault(Disk.IsFile);
    }

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
