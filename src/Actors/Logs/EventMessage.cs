using Akka.Event;

namespace Mailroom.Logs;

/// <summary>What an actor logs: which event it is, and a template with its named values.</summary>
internal sealed class EventMessage(Event name, string template, object?[] values)
    : LogMessage(SemanticLogMessageFormatter.Instance, template)
{
    public Event Event => name;

    public override string Unformatted() => Format;

    public override IEnumerable<object> Parameters() => values!;

    public override string ToString() => Formatter.Format(Format, values!);
}

/// <summary>How actors log.</summary>
internal static class Events
{
    public static void Debug(this ILoggingAdapter log, Event name, string template, params object?[] values) =>
        Log(log, LogLevel.DebugLevel, name, null, template, values);

    public static void Info(this ILoggingAdapter log, Event name, string template, params object?[] values) =>
        Log(log, LogLevel.InfoLevel, name, null, template, values);

    public static void Warning(this ILoggingAdapter log, Event name, string template, params object?[] values) =>
        Log(log, LogLevel.WarningLevel, name, null, template, values);

    public static void Warning(this ILoggingAdapter log, Exception error, Event name, string template, params object?[] values) =>
        Log(log, LogLevel.WarningLevel, name, error, template, values);

    public static void Error(this ILoggingAdapter log, Event name, string template, params object?[] values) =>
        Log(log, LogLevel.ErrorLevel, name, null, template, values);

    public static void Error(this ILoggingAdapter log, Exception error, Event name, string template, params object?[] values) =>
        Log(log, LogLevel.ErrorLevel, name, error, template, values);

    public static void Log(ILoggingAdapter log, LogLevel level, Event name, Exception? error, string template, object?[] values)
    {
        if (log.IsEnabled(level))
            log.Log(level, error, new EventMessage(name, template, values));
    }
}
