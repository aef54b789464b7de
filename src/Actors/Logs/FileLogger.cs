using System.Text.Json.Nodes;
using Akka.Actor;
using Akka.Actor.Setup;
using Akka.Dispatch;
using Akka.Event;

namespace Mailroom.Logs;

/// <summary>Hands the log file of the process to the logger that Akka makes.</summary>
public sealed class LogSetup(LogFile file) : Setup
{
    public LogFile File { get; } = file;
}

/// <summary>Akka's logger: turns what actors log into lines of the process's log file.</summary>
internal sealed class FileLogger : ReceiveActor, IRequiresMessageQueue<ILoggerMessageQueueSemantics>
{
    private readonly LogFile _file;
    private readonly Throttle _throttle = new(TimeSpan.FromSeconds(1));

    public FileLogger()
    {
        _file =
            Context.System.Settings.Setup.Get<LogSetup>().Value?.File
            ?? throw new InvalidOperationException($"the ActorSystem was made without a {nameof(LogSetup)}");
        Receive<LogEvent>(OnLog);
        Receive<InitializeLogger>(_ => Sender.Tell(new LoggerInitialized()));
    }

    // What Akka itself warns of is often another's doing: each kind is told at most once a second, in one line.
    private void OnLog(LogEvent e)
    {
        var line = Line(e);
        if (EventOf(e) != Event.Akka || line.Level < Severity.Warning)
            _file.Write(line);
        else if (_throttle.Pass($"{e.LogClass.FullName} {line.Level}", e.Timestamp) is { } untold)
        {
            if (untold > 0)
                line.Fields["untold"] = untold;
            _file.Write(line with { Text = line.Text.Split('\n', 2)[0], Exception = IsRemoting(e.Cause) ? null : line.Exception });
        }
    }

    // That a connection ended is no bug, and its stack says nothing.
    private static bool IsRemoting(Exception? error) =>
        error?.GetType().Namespace?.StartsWith("Akka.Remote", StringComparison.Ordinal) == true;

    private LogLine Line(LogEvent e)
    {
        var fields = new JsonObject();
        int? job = null,
            piece = null;
        var text = e.Message?.ToString() ?? "";
        if (e.Message is LogMessage message)
        {
            foreach (var (name, value) in message.GetProperties())
            {
                if (name == "Job")
                    job = value as int?;
                else if (name == "Piece")
                    piece = value as int?;
                else if (!char.IsAsciiDigit(name[0])) // Akka's own lines have numbered holes, which say nothing by themselves
                    fields[char.ToLowerInvariant(name[0]) + name[1..]] = ToNode(value);
            }
        }
        return new LogLine(
            new DateTimeOffset(e.Timestamp.ToUniversalTime()),
            Level(e),
            EventOf(e).Name,
            _file.Settings.Node,
            Path(e.LogSource),
            job,
            piece,
            text,
            e.Cause?.ToString(),
            fields
        );
    }

    private static Event EventOf(LogEvent e) => (e.Message as EventMessage)?.Event ?? Event.Akka;

    private static JsonNode? ToNode(object? value) =>
        value switch
        {
            null => null,
            int number => number,
            long number => number,
            double number when double.IsFinite(number) => Math.Round(number, 6),
            bool flag => flag,
            _ => value.ToString(),
        };

    private static Severity Level(LogEvent e) =>
        e.LogLevel() switch
        {
            LogLevel.ErrorLevel => Severity.Error,
            LogLevel.WarningLevel => Severity.Warning,
            LogLevel.InfoLevel => Severity.Info,
            _ => Severity.Debug,
        };

    // "akka://mailroom/user/x" and "x (akka://mailroom)" are both seen; the process is said by the node's name.
    private static string Path(string source)
    {
        var at = source.IndexOf("/user/", StringComparison.Ordinal);
        if (at < 0)
            at = source.IndexOf("/system/", StringComparison.Ordinal);
        return at < 0 ? source : source[at..];
    }
}
