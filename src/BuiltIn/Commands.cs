using System.ComponentModel;
using Mailroom.BuiltIn.Files;
using Mailroom.BuiltIn.Programs;
using Mailroom.Input;
using Mailroom.Kinds;

namespace Mailroom.BuiltIn;

/// <summary>Runs a program once for each input, as <c>xargs -n 1</c> and GNU parallel do.</summary>
public sealed partial class Commands : JobKind<Commands.Args, Commands.Input, Commands.Run, Commands.Report>
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

    public override string Name => "command";

    public override string Summary => "Runs a program once for each input, never through a shell; outputs come in the order of the inputs.";

    public override Technique Preferred => Technique.Async;

    public override string Because => "the work is in other processes already, and one thread can wait for all of them";

    public override bool RunsPrograms => true;

    /// <summary>They run in the folder from which they were sent, on what is there.</summary>
    public override FileUse Files(Args args) => FileUse.Reads;

    public override bool NeedsEveryPiece => false;

    public override int? Attempts => 1;

    public override Codec<Run> ResultCodec { get; } = new RunCodec();

    public override bool IsTextExact => true;

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
}
