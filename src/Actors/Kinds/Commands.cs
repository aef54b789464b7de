using System.ComponentModel;
using System.Globalization;
using System.Text.RegularExpressions;
using Mailroom.Input;
using Mailroom.Kinds.Files;
using Mailroom.Kinds.Programs;

namespace Mailroom.Kinds;

/// <summary>Runs a program once for each line of input, as <c>xargs -n 1</c> and GNU parallel do.</summary>
public sealed partial class Commands : JobKind<Commands.Args, Commands.Input, Commands.Run, Commands.Report>
{
    private const int NoSuchFile = 2;
    private const int NotPermitted = 13;
    private const int ArgumentsTooLong = 7;
    private const int NoFormat = 8;
    private const int MaxKept = 16 * 1024 * 1024;

    public sealed record Args(
        [property: Positional("the program and its arguments after --; {} is the input, {.} without extension, {/} its last part, {//} its folder, {/.} both, {#} its number; without any it comes last")] IReadOnlyList<string> Program,
        [property: Option("a file with one input a line; - or nothing is stdin")][property: Lines(stdinByDefault: true)] string Inputs = "",
        [property: Option("time for one run; then its whole process group is ended")] TimeSpan Timeout = default,
        [property: Option("how much of stdout and of stderr is kept of each run, in bytes")] int Keep = 64 * 1024,
        [property: Option("also write a log of the runs into this file, in the format of GNU parallel")] string Joblog = "",
        [property: Option("the folder to run in; the current one by default")] string Directory = "");

    /// <param name="Number">of its line, from 1</param>
    public sealed record Input(int Number, string Text);

    /// <summary>One run.</summary>
    /// <param name="ExitCode">128 + n after signal n; -1 when its time was over</param>
    /// <param name="IsCut">true when it wrote more than was kept</param>
    public sealed record Run(
        int Number, string Input, IReadOnlyList<string> Program, string Machine, DateTimeOffset Started, double Seconds, int ExitCode, int Signal, string Stdout, string Stderr, bool IsCut);

    public sealed record Report(int Ok, int Failed, IReadOnlyList<Run> Runs);

    public override string Name => "command";

    public override string Summary => "Runs a program once for each line of input, never through a shell; outputs come in the order of the inputs.";

    public override string Because => "the work is in other processes already, and a thread that waits for one costs nothing";

    public override bool RunsPrograms => true;

    public override bool NeedsEveryPiece => false;

    public override int? Attempts => 1;

    public override Args Check(Args args, string directory)
    {
        if (!OperatingSystem.IsLinux())
            throw new UserError("command: it starts programs on Linux only");
        var complete = args with
        {
            Directory = Path.GetFullPath(args.Directory, directory),
            Inputs = args.Inputs.Length == 0 ? "" : Path.GetFullPath(args.Inputs, directory),
            Joblog = args.Joblog.Length == 0 ? "" : Path.GetFullPath(args.Joblog, directory),
        };
        if (complete.Inputs.Length == 0)
            throw new UserError("command: there are no inputs; name a file with --inputs FILE or pipe lines in");
        if (!File.Exists(complete.Inputs))
            throw new UserError($"command: --inputs {Visible.Text(args.Inputs)}: there is no such file");
        if (!System.IO.Directory.Exists(complete.Directory))
            throw new UserError($"command: --directory {Visible.Text(args.Directory)}: there is no such folder");
        if (complete.Joblog.Length > 0 && !System.IO.Directory.Exists(Path.GetDirectoryName(complete.Joblog)))
            throw new UserError($"command: --joblog {Visible.Text(args.Joblog)} can't be written: there is no such folder");
        if (System.IO.Directory.Exists(complete.Joblog))
            throw new UserError($"command: --joblog {Visible.Text(args.Joblog)} is a folder, but it takes a file");
        if (args.Timeout > TimeSpan.FromDays(30))
            throw new UserError($"command: --timeout is {Quantity.Text(args.Timeout)}, but it takes at most 30d");
        if (args.Keep is < 0 or > MaxKept)
            throw new UserError($"command: --keep is {args.Keep}, but it takes 0 to {MaxKept}");
        if (!Placeholder().IsMatch(args.Program[0]) && !Exists(args.Program[0], complete.Directory))
            throw new UserError($"command: there is no program '{Visible.Text(args.Program[0])}'{(args.Program[0].Contains(' ', StringComparison.Ordinal) ? "; give program and arguments as separate words, no shell reads them" : "")}");
        return complete;
    }

    public override IEnumerable<Input> Split(Args args, SplitHint hint) => new Counted<Input>(
        InputLines.Read(Name, "--inputs", args.Inputs).Select((line, index) => new Input(index + 1, line)), InputLines.Read(Name, "--inputs", args.Inputs).Count());

    public override async ValueTask<Run> RunAsync(Args args, Input piece, PieceContext context)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(context.Cancellation);
        if (args.Timeout > TimeSpan.Zero)
            limit.CancelAfter(args.Timeout);
        var program = Words(args.Program, piece);
        var started = TimeProvider.System.GetUtcNow();
        var child = Start(program, args);
        var ended = context.MayBlock ? Watch.Wait(child, limit.Token) : await Watch.WaitAsync(child, limit.Token).ConfigureAwait(false);
        context.Cancellation.ThrowIfCancellationRequested();
        var late = limit.IsCancellationRequested;
        var run = new Run(piece.Number, piece.Text, program, Environment.MachineName, started, Math.Round(ended.Seconds, 6), late ? -1 : ended.ExitCode, ended.Signal, ended.Out, ended.Error, ended.IsCut);
        return late ? throw new AttemptFailedException($"timed out after {Quantity.Text(args.Timeout)}, its process group is ended", run)
            : ended.ExitCode == 0 ? run
            : throw new AttemptFailedException($"{(ended.Signal == 0 ? ended.ExitCode == Posix.UnknownExit ? "its exit code is unknown, because mailroom was started with SIGCHLD ignored" : $"exit {ended.ExitCode}" : $"killed by signal {ended.Signal}")}{FirstLine(ended.Error)}", run);
    }

    public override Report Combine(Args args, IEnumerable<Run> results)
    {
        using var fold = new Gather(args);
        foreach (var run in results)
            fold.Add(run);
        return fold.Finish();
    }

    public override IFold<Run, Report> Fold(Args args) => new Gather(args);

    /// <summary>What the programs wrote to stdout, in the order of the inputs.</summary>
    public override string Text(Report answer) => string.Concat(answer.Runs.Select(run => run.Stdout)).TrimEnd('\n');

    /// <summary>The words of one run; what an input holds is never looked at again.</summary>
    internal static IReadOnlyList<string> Words(IReadOnlyList<string> program, Input input)
    {
        var words = program.Select(word => Placeholder().Replace(word, match => match.Groups[1].Value switch
        {
            "" => input.Text,
            "#" => input.Number.ToString(CultureInfo.InvariantCulture),
            "." => WithoutExtension(input.Text),
            "/" => Path.GetFileName(input.Text),
            "//" => Path.GetDirectoryName(input.Text) is { Length: > 0 } folder ? folder : ".",
            _ => Path.GetFileNameWithoutExtension(input.Text),
        })).ToList();
        return program.Any(word => Placeholder().IsMatch(word)) ? words : [.. words, input.Text];
    }

    private static string WithoutExtension(string text) => text[..^Path.GetExtension(text).Length];

    private static string FirstLine(string error) => error.AsSpan().TrimStart().IsEmpty ? "" : ": " + Visible.Text(error.TrimStart().Split('\n', 2)[0]);

    private static Child Start(IReadOnlyList<string> program, Args args)
    {
        try
        {
            return program.Any(word => word.Contains('\0', StringComparison.Ordinal))
                ? throw new GiveUpException("the input holds a zero byte, which no argument may have")
                : new Child(program, args.Directory, args.Keep);
        }
        catch (Win32Exception error) when (error.NativeErrorCode is NoSuchFile or NotPermitted or ArgumentsTooLong or NoFormat)
        {
            throw new GiveUpException($"{Visible.Text(program[0])} can't be started in {Visible.Text(args.Directory)}: {error.Message}", error);
        }
    }

    private static bool Exists(string program, string directory) => program.Contains('/', StringComparison.Ordinal)
        ? File.Exists(Path.Combine(directory, program))
        : (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Any(folder => folder.Length > 0 && File.Exists(Path.Combine(folder, program)));

    [GeneratedRegex(@"\{(#|\.|//|/\.|/)?\}")]
    private static partial Regex Placeholder();

    private sealed class Gather(Args args) : IFold<Run, Report>, IDisposable
    {
        private readonly List<Run> _runs = [];
        private readonly Joblog? _log = args.Joblog.Length > 0 ? new Joblog(args.Joblog) : null;

        public void Add(Run result)
        {
            _runs.Add(result);
            _log?.Add(result);
        }

        public Report Finish()
        {
            Dispose();
            return new Report(_runs.Count(run => run.ExitCode == 0), _runs.Count(run => run.ExitCode != 0), _runs);
        }

        public void Dispose() => _log?.Dispose();
    }
}
