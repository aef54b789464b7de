using Mailroom.BuiltIn.Files;
using Mailroom.BuiltIn.Programs;
using Mailroom.Files;
using Mailroom.Input;

namespace Mailroom.BuiltIn;

/// <remarks>What can be asked of it.</remarks>
public sealed partial class Commands
{
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
        CheckProgram(program);
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
        CheckOutputs(args, complete);
        CheckLimits(args);
        if (PortableChild.IsBatch(program[0]))
            throw new UserError($"command: {PortableChild.NoBatch(program[0])}");
        if (!Placeholders.Any(program[0]) && Found(program[0], complete.Directory) is null)
            throw new UserError($"command: there is no program '{Visible.Text(program[0])}'{Hint(program[0])}");
        return complete;
    }

    private void CheckProgram(IReadOnlyList<string> program)
    {
        if (program.Count == 0)
            throw new UserError("command: there is no program before the inputs; give program and arguments after --");
        if (program[0].StartsWith('-') && Elsewhere.TryGetValue(program[0], out var instead))
            throw new UserError($"command: there is no option '{Visible.Text(program[0])}' here: {instead}");
        if (program[0].Length == 0)
            throw new UserError("command: the program's name is empty; is a variable not set?");
    }

    private static void CheckOutputs(Args args, Args complete)
    {
        if (complete.Joblog.Length > 0 && SafeFile.WhyNotWritable(complete.Joblog) is { } reason)
            throw new UserError($"command: --joblog {Visible.Text(args.Joblog)} can't be written: {reason}");
        if (complete.Results.Length > 0 && Disk.IsFile(complete.Results))
            throw new UserError($"command: --results {Visible.Text(args.Results)} is a file, but it takes a folder");
        if (complete.Results.Length > 0 && SafeFile.WhyNoFolder(complete.Results) is { } no)
            throw new UserError($"command: --results {Visible.Text(args.Results)} can't be written: {no}");
    }

    private static void CheckLimits(Args args)
    {
        if (args.Timeout > Longest || args.Delay > Longest)
            throw new UserError(
                $"command: --{(args.Timeout > Longest ? "timeout" : "delay")} is "
                    + $"{Quantity.Text(args.Timeout > Longest ? args.Timeout : args.Delay)}, but it takes at most 30d"
            );
        if (args.Keep is < 0 or > MaxKept)
            throw new UserError($"command: --keep is {args.Keep}, but it takes 0 to {MaxKept}");
        if (args.MaxArgs is < 1 or > MaxMaxArgs)
            throw new UserError($"command: --max-args is {args.MaxArgs}, but it takes 1 to {MaxMaxArgs}");
    }

    private static string Hint(string program) =>
        program.Contains(' ', StringComparison.Ordinal) ? "; give program and arguments as separate words, no shell reads them" : "";

    // The file that is run, or null where there is none.
    private static string? Found(string program, string directory)
    {
        var name = OperatingSystem.IsWindows() && !Path.HasExtension(program) ? program + ".exe" : program;
        string[] folders = program.AsSpan().ContainsAny(Path.DirectorySeparatorChar, Path.AltDirectorySeparatorChar)
            ? [directory]
            : [.. (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)];
        return folders.Select(folder => Path.Combine(folder, name)).FirstOrDefault(Disk.IsFile);
    }
}
