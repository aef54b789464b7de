using System.Reflection;

namespace Mailroom.Host.Console.Completion;

/// <summary>
/// A shell whose completion is a script: a template in its language, which walks the words that are typed, with tables of the commands.
/// Only for the names of jobs, nodes and actors does it ask the program.
/// </summary>
internal abstract class Shell(string name, string template, string separator)
{
    /// <summary>Marks what a command shares with those below it.</summary>
    private const string Below = " +";

    public static IReadOnlyList<Shell> All { get; } = [new Bash(), new Zsh(), new Fish(), new PowerShell()];

    public string Name => name;

    public string Script(IReadOnlyList<Place> places)
    {
        var words = places
            .SelectMany(place => new[] { (place.Path, Choices: place.Own), (Path: place.Path + Below, Choices: place.Shared) })
            .Where(entry => entry.Choices.Count > 0);
        var values = places.SelectMany(place =>
            place
                .Own.Concat(place.Shared)
                .Where(choice => choice.Values is not null)
                .Select(choice => (Path: $"{place.Path} {choice.Word}", Values: choice.Values!))
                .Append((place.Path, place.Values))
        );
        return Template()
            .Replace("{steps}", string.Join(separator, places.Skip(1).Select(place => Quoted(place.Path))), StringComparison.Ordinal)
            .Replace("{words}", Lines(words.Select(entry => Words(Quoted(entry.Path), entry.Choices))), StringComparison.Ordinal)
            .Replace(
                "{values}",
                Lines(values.Where(entry => entry.Values.Count > 0).Select(entry => Values(Quoted(entry.Path), entry.Values))),
                StringComparison.Ordinal
            );
    }

    protected abstract string Words(string path, IEnumerable<Choice> choices);

    protected abstract string Values(string path, IEnumerable<string> values);

    protected abstract string Quoted(string text);

    private static string Lines(IEnumerable<string> lines) => string.Join("\n        ", lines);

    private string Template()
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream(template)!;
        return new StreamReader(stream).ReadToEnd();
    }

    private sealed class Bash() : Shell("bash", "mailroom.bash", " | ")
    {
        protected override string Words(string path, IEnumerable<Choice> choices) =>
            $"{path}) words+=' {string.Join(' ', choices.Select(choice => choice.Word))}' ;;";

        protected override string Values(string path, IEnumerable<string> values) => $"{path}) values='{string.Join(' ', values)}' ;;";

        protected override string Quoted(string text) => Posix(text);
    }

    private sealed class Zsh() : Shell("zsh", "mailroom.zsh", " | ")
    {
        protected override string Words(string path, IEnumerable<Choice> choices) =>
            $"{path}) items+=({string.Join(' ', choices.Select(choice => Quoted($"{choice.Word}:{choice.Help}")))}) ;;";

        protected override string Values(string path, IEnumerable<string> values) => $"{path}) values='{string.Join(' ', values)}' ;;";

        protected override string Quoted(string text) => Posix(text);
    }

    private sealed class Fish() : Shell("fish", "mailroom.fish", " ")
    {
        protected override string Words(string path, IEnumerable<Choice> choices) =>
            Case(path, @"%s\t%s\n", choices.SelectMany(choice => new[] { choice.Word, choice.Help }));

        protected override string Values(string path, IEnumerable<string> values) => Case(path, @"%s\n", values);

        private string Case(string path, string format, IEnumerable<string> words) =>
            $"case {path}; printf '{format}' {string.Join(' ', words.Select(Quoted))}";

        protected override string Quoted(string text) =>
            $"'{text.Replace(@"\", @"\\", StringComparison.Ordinal).Replace("'", @"\'", StringComparison.Ordinal)}'";
    }

    private sealed class PowerShell() : Shell("pwsh", "mailroom.ps1", ", ")
    {
        protected override string Words(string path, IEnumerable<Choice> choices) =>
            $"$words[{path}] = @({string.Join("; ", choices.Select(choice => $", @({Quoted(choice.Word)}, {Quoted(choice.Help)})"))})";

        protected override string Values(string path, IEnumerable<string> values) =>
            $"$valuesOf[{path}] = @({string.Join(", ", values.Select(Quoted))})";

        // It takes typographic quotes for its own.
        protected override string Quoted(string text) =>
            $"'{string.Concat(text.Select(c => c is '\'' or (>= '\u2018' and <= '\u201b') ? $"{c}{c}" : $"{c}"))}'";
    }

    private static string Posix(string text) => $"'{text.Replace("'", @"'\''", StringComparison.Ordinal)}'";
}
