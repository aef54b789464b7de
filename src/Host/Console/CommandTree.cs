using System.CommandLine;
using System.CommandLine.Completions;
using System.CommandLine.Parsing;
using Mailroom.Host.Console.Commands;
using Mailroom.Host.Console.Prompting;
using Mailroom.Host.Launch;
using Mailroom.Host.Terminals;
using Mailroom.Input;
using Mailroom.Kinds;

namespace Mailroom.Host.Console;

/// <summary>What a command does: with what was parsed, in a session, giving the exit code.</summary>
internal delegate Task<ExitCode> CommandAction(ParseResult parsed, Session session, CancellationToken cancellation);

/// <summary>The one tree of commands that serves the shell and the prompt.</summary>
internal sealed class CommandTree
{
    private static readonly Wanted Colors = new(typeof(ColorMode));

    private readonly Dictionary<Command, CommandAction> _actions = [];
    private readonly Dictionary<Symbol, Known> _known = [];

    private readonly Option<bool> _json = new("--json") { Description = "print JSON", Recursive = true };
    private readonly Option<string?> _color = new("--color")
    {
        Description = "whether to colour",
        HelpName = Colors.Sign,
        Recursive = true,
        CompletionSources = { Colors.Words.ToArray() },
    };
    private readonly Option<string?> _state = new("--state")
    {
        Description = "the state folder",
        HelpName = "DIR",
        Recursive = true,
    };
    private readonly Option<string[]> _hocon = new("--hocon")
    {
        Description = "a file of settings",
        HelpName = "FILE",
        Recursive = true,
        DefaultValueFactory = _ => [],
    };
    private readonly Option<string[]> _set = new("--set")
    {
        Description = "a single setting",
        HelpName = "KEY=VALUE",
        Recursive = true,
        DefaultValueFactory = _ => [],
    };
    private readonly Option<string[]> _kinds = new("--kinds")
    {
        Description = "an assembly with kinds of your own",
        HelpName = "FILE",
        Recursive = true,
        DefaultValueFactory = _ => [],
    };
    private readonly Option<bool> _debug = new("--debug") { Description = "show stack traces", Recursive = true };

    public CommandTree(Catalogue catalogue)
    {
        Catalogue = catalogue;
        Root = new RootCommand("Runs a job by threads, by processes and async, under one supervising host.")
        {
            _json,
            _color,
            _state,
            _hocon,
            _set,
            _kinds,
            _debug,
        };
        StartCommand.Add(this);
        SendCommand.Add(this);
        CompareCommand.Add(this);
        NewsroomCommand.Add(this);
        JobCommands.Add(this);
        NodeCommands.Add(this);
        NodeCommand.Add(this);
        ActorCommands.Add(this);
        LogCommands.Add(this);
        KindCommands.Add(this);
        DoctorCommand.Add(this);
        DrillCommand.Add(this);
        LessonCommand.Add(this);
        CompletionCommand.Add(this);
        ManCommand.Add(this);
    }

    public RootCommand Root { get; }

    public Catalogue Catalogue { get; }

    /// <summary>What Tab offers at the prompt, which keeps it fresh.</summary>
    public KnownNames Names { get; } = new();

    public void Add(Command parent, Command command, CommandAction? action)
    {
        parent.Add(command);
        if (action is not null)
            SetAction(command, action);
    }

    public void SetAction(Command command, CommandAction action)
    {
        _actions[command] = action;
        command.SetAction(_ => 0); // found by Action being set; run by RunAsync, which has the session
    }

    internal static ParserConfiguration Configuration => new() { EnablePosixBundling = false, ResponseFileTokenReplacer = null };

    public ParseResult Parse(IReadOnlyList<string> words)
    {
        var help = FirstCommand(words);
        return Root.Parse(
            help < words.Count && words[help] == "help" ? [.. words.Take(help), .. words.Skip(help + 1), "--help"] : words,
            Configuration
        );
    }

    /// <summary>Where the first word stands that is neither an option of all commands nor the value of one.</summary>
    private int FirstCommand(IReadOnlyList<string> words)
    {
        var at = 0;
        while (at < words.Count && Root.Options.FirstOrDefault(option => option.Name == words[at].Split('=')[0]) is { } option)
            at += option.ValueType == typeof(bool) || words[at].Contains('=', StringComparison.Ordinal) ? 1 : 2;
        return at;
    }

    /// <summary>Users' own assemblies and the state folder, unless it is just these that are given wrongly.</summary>
    public (IReadOnlyList<string> Kinds, string? State)? KindsAndState(ParseResult parsed) =>
        parsed.Errors.Any(error => error.SymbolResult is OptionResult found && (found.Option == _kinds || found.Option == _state))
            ? null
            : (parsed.GetValue(_kinds)!, parsed.GetValue(_state));

    public CommonOptions Common(ParseResult parsed) =>
        new(
            parsed.GetValue(_json),
            parsed.GetValue(_state),
            parsed.GetValue(_hocon)!,
            parsed.GetValue(_set)!,
            parsed.GetValue(_kinds)!,
            parsed.GetValue(_debug)
        );

    public ColorMode Color(ParseResult parsed) =>
        parsed.GetValue(_color) is { } text && Colors.TryRead(text, out var mode) ? (ColorMode)mode! : ColorMode.Auto;

    private UserError? ColorError(ParseResult parsed) =>
        parsed.GetValue(_color) is { } text && !Colors.TryRead(text, out _) ? new UserError($"--color {Colors.Wrong(text)}") : null;

    /// <summary>What is wrong with the words, as one line, or null.</summary>
    public UserError? ErrorOf(ParseResult parsed)
    {
        var command = parsed.CommandResult.Command;
        var path = PathOf(parsed.CommandResult);
        // A mistyped kind makes all its options unknown; it is the kind that is wrong.
        if (command.Name is "send" or "compare" && parsed.UnmatchedTokens is [var kind, ..] && !kind.StartsWith('-'))
            return Unmatched(command, path, kind);
        // A filter of what is listed would take a mistyped command for a text.
        if (
            parsed.Tokens.FirstOrDefault(token => token.Type == TokenType.Argument)?.Value is { } text
            && command.Subcommands.Count > 0
            && Nearest.Hint(text, command.Subcommands.Select(one => one.Name)).Length > 0
        )
            return Unmatched(command, path, text);
        // A list of arguments would take a mistyped option for one of its own; after -- anything goes.
        if (
            parsed
                .Tokens.TakeWhile(token => token.Type != TokenType.DoubleDash)
                .FirstOrDefault(token =>
                    token is { Type: TokenType.Argument, Value.Length: > 2 } && token.Value.StartsWith("--", StringComparison.Ordinal)
                ) is
            { } mistyped
        )
            return Unmatched(command, path, mistyped.Value);
        // 'help' of something that is not there.
        if (IsHelpOrVersion(parsed) && parsed.UnmatchedTokens is [var unknown, ..] && command.Subcommands.Count > 0)
            return Unmatched(command, path, unknown);
        if (
            !IsHelpOrVersion(parsed)
            && Shadowed(command).FirstOrDefault(option => parsed.GetResult(option) is { Implicit: false }) is { } early
        )
            return new UserError($"{path}: {early.Name} is an option of {command.Name}'s own here; write it behind {command.Name}");
        if (parsed.Errors.Count == 0)
            return ColorError(parsed);
        if (parsed.UnmatchedTokens is [var word, ..])
            return Unmatched(command, path, word);
        if (command.Subcommands.Count > 0 && !_actions.ContainsKey(command))
            return new UserError(
                $"{path}: which one? There are {string.Join(", ", command.Subcommands.Select(c => c.Name))}; '{path} --help' explains them"
            );
        return new UserError($"{path}: {ParserWords.Of(parsed)}; '{path} --help' explains it");
    }

    public async Task<ExitCode> RunAsync(ParseResult parsed, Session session, CancellationToken cancellation)
    {
        if (
            _actions.TryGetValue(parsed.CommandResult.Command, out var action)
            && parsed.Action is not (System.CommandLine.Help.HelpAction or null)
            && !IsHelpOrVersion(parsed)
        )
        {
            session.CheckSettings();
            return await action(parsed, session, cancellation);
        }
        var output = new StringWriter();
        // Help would name them twice.
        var shadowed = Shadowed(parsed.CommandResult.Command).Where(option => !option.Hidden).ToList();
        shadowed.ForEach(option => option.Hidden = true);
        int code;
        try
        {
            code = await parsed.InvokeAsync(
                new InvocationConfiguration
                {
                    Output = output,
                    Error = output,
                    EnableDefaultExceptionHandler = false,
                },
                cancellation
            );
        }
        finally
        {
            shadowed.ForEach(option => option.Hidden = false);
        }
        session.Terminal.Data(output.ToString().TrimEnd());
        return (ExitCode)code;
    }

    /// <summary>The words that may stand at the end of a line.</summary>
    public IReadOnlyList<string> Complete(string line)
    {
        var parsed = Root.Parse(line, Configuration);
        return
        [
            .. parsed
                .GetCompletions(line.Length)
                .Select(item => item.Label)
                .Where(label => label.Length > 0 && label is not ("-?" or "-h" or "/?" or "/h"))
                .Distinct()
                .OrderBy(label => label.StartsWith('-')),
        ];
    }

    /// <summary>Completes a symbol with names that are looked up when they are wanted.</summary>
    public void Offer(Symbol symbol, Known known)
    {
        _known[symbol] = known;
        var sources = symbol is Option option ? option.CompletionSources : ((Argument)symbol).CompletionSources;
        sources.Add(_ => Names.Of(known).Select(word => new CompletionItem(word)));
    }

    /// <summary>What a symbol is completed with, if that is looked up.</summary>
    public Known? Offered(Symbol symbol) => _known.TryGetValue(symbol, out var known) ? known : null;

    private static bool IsHelpOrVersion(ParseResult parsed) =>
        parsed.Action is { } action && action.GetType().Name is "HelpAction" or "VersionOptionAction";

    private UserError Unmatched(Command command, string path, string word)
    {
        var shown = Visible.Text(word);
        if (
            Catalogue.All.FirstOrDefault(kind => kind.Name == command.Name) is { } known
            && known.Elsewhere.TryGetValue(word.Split('=', 2)[0], out var instead)
        )
            return new UserError($"{path}: there is no option '{shown}' here: {instead}");
        if (word.StartsWith('-') && word.Length > 1)
        {
            var options = command.Options.Concat(Above(command)).Where(option => !option.Hidden).Select(option => option.Name).Distinct();
            return new UserError($"{path}: there is no option '{shown}'{Nearest.Hint(word, options)}; '{path} --help' lists the options");
        }
        if (command.Subcommands.Count == 0)
            return new UserError($"{path}: '{shown}' is one word too many; '{path} --help' explains it");
        var words = command.Subcommands.Where(c => !c.Hidden).Select(c => c.Name).ToList();
        return command.Name is "send" or "compare"
            ? new UserError(
                $"{path}: there is no kind '{shown}'; the kinds are {string.Join(", ", words)}{Nearest.Hint(word, words)}",
                ExitCode.NotFound
            )
            : new UserError($"{path}: there is no command '{shown}'; there are {string.Join(", ", words)}{Nearest.Hint(word, words)}");
    }

    /// <summary>Options of those above it that it has itself.</summary>
    private static IEnumerable<Option> Shadowed(Command command) =>
        Above(command).Where(option => command.Options.Any(own => own.Name == option.Name));

    private static IEnumerable<Option> Above(Command command) =>
        command.Parents.OfType<Command>().SelectMany(parent => parent.Options.Where(option => option.Recursive).Concat(Above(parent)));

    private static string PathOf(CommandResult result) =>
        result.Parent is CommandResult parent ? $"{PathOf(parent)} {result.Command.Name}" : "mailroom";
}
