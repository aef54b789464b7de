using System.Text.RegularExpressions;
using Akka.Event;
using Mailroom.Logs;
using Microsoft.Extensions.Logging;
using LogLevel = Microsoft.Extensions.Logging.LogLevel;

namespace Mailroom.Kinds;

/// <summary>The log of the worker that runs a piece, as kinds know logs.</summary>
internal sealed partial class PieceLog(ILoggingAdapter log) : ILogger
{
    private const string Template = "{OriginalFormat}";

    public bool IsEnabled(LogLevel logLevel) => logLevel != LogLevel.None && log.IsEnabled(Level(logLevel));

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public void Log<TState>(
        LogLevel logLevel,
        EventId eventId,
        TState state,
        Exception? exception,
        Func<TState, Exception?, string> formatter
    )
    {
        if (!IsEnabled(logLevel))
            return;
        var values = state as IReadOnlyList<KeyValuePair<string, object?>> ?? [];
        var template = values.Count > 0 && values[^1] is { Key: Template, Value: string text } ? text : null;
        var name = IsOwn(eventId.Name) ? new Event(eventId.Name!) : Event.PieceSaid;
        if (template is null)
            Events.Log(log, Level(logLevel), name, exception, "{Text}", [formatter(state, exception)]);
        else
            Events.Log(log, Level(logLevel), name, exception, template, [.. values.SkipLast(1).Select(value => value.Value)]);
    }

    // A kind may have events of its own, named as Mailroom's are, and not those of Mailroom itself.
    private static bool IsOwn(string? name) => name is not null && Dotted().IsMatch(name) && !Event.IsMailrooms(name);

    [GeneratedRegex(@"\A[a-z][a-z-]*\.[a-z][a-z-]*\z")]
    private static partial Regex Dotted();

    private static Akka.Event.LogLevel Level(LogLevel level) =>
        level switch
        {
            LogLevel.Trace or LogLevel.Debug => Akka.Event.LogLevel.DebugLevel,
            LogLevel.Information => Akka.Event.LogLevel.InfoLevel,
            LogLevel.Warning => Akka.Event.LogLevel.WarningLevel,
            _ => Akka.Event.LogLevel.ErrorLevel,
        };
}
