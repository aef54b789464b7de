using System.Collections.Frozen;
using System.Globalization;
using System.Text.Json;
using Serilog;
using Serilog.Core;
using Serilog.Events;
using Serilog.Formatting;

namespace Mailroom.Logs;

/// <summary>Where and how much a process logs.</summary>
/// <param name="Directory">the folder of the log files</param>
/// <param name="Node">the process's name in the lines and the file's name</param>
/// <param name="Level">what is graver than or as grave as this is written</param>
/// <param name="FileBytes">a file that reaches this size is continued in the next one</param>
/// <param name="FilesPerProcess">older files of the same process are deleted beyond this number</param>
/// <param name="Files">older files of all processes are deleted beyond this number when a process starts</param>
public sealed record LogSettings(string Directory, string Node, Severity Level, long FileBytes, int FilesPerProcess, int Files);

/// <summary>
/// The log file of this process: JSON lines, each handed to the operating system at once, so that a killed process leaves its last words.
/// </summary>
public sealed class LogFile : IDisposable
{
    // What others can cause, as often as they like: it has a room of its own, so that it drives nothing else out.
    private static readonly FrozenSet<string> FromOutside = ["door.refused", "node.refused", "akka"];

    private readonly Logger _logger;
    private readonly Logger _outside;

    private LogFile(LogSettings settings, string path)
    {
        Settings = settings;
        _logger = Open(path + ".jsonl", settings.FileBytes, settings.FilesPerProcess);
        _outside = Open(path + "-outside.jsonl", settings.FileBytes / 2, 2);
    }

    public LogSettings Settings { get; }

    public static LogFile Open(LogSettings settings, DateTimeOffset now)
    {
        System.IO.Directory.CreateDirectory(settings.Directory);
        RemoveOldest(settings);
        var stamp = now.UtcDateTime.ToString("yyyyMMdd-HHmmss", CultureInfo.InvariantCulture);
        return new LogFile(settings, Path.Combine(settings.Directory, $"{stamp}-{settings.Node}-{Environment.ProcessId}"));
    }

    public void Write(LogLine line)
    {
        if (line.Level >= Settings.Level)
            (FromOutside.Contains(line.Event) ? _outside : _logger).Write(
                new LogEvent(
                    line.At,
                    LogEventLevel.Information,
                    null,
                    MessageTemplate.Empty,
                    [new LogEventProperty("line", new ScalarValue(line))]
                )
            );
    }

    public void Dispose()
    {
        _logger.Dispose();
        _outside.Dispose();
    }

    private static Logger Open(string path, long bytes, int files) =>
        new LoggerConfiguration()
            .MinimumLevel.Verbose()
            .WriteTo.File(new JsonLines(), path, fileSizeLimitBytes: bytes, rollOnFileSizeLimit: true, retainedFileCountLimit: files)
            .CreateLogger();

    // Copies of far logs drive none of the others out.
    private static void RemoveOldest(LogSettings settings)
    {
        foreach (var alike in new DirectoryInfo(settings.Directory).GetFiles("*.jsonl").ToLookup(file => LogCopies.IsCopy(file.Name)))
        foreach (var oldest in alike.OrderByDescending(file => file.LastWriteTimeUtc).Skip(alike.Key ? settings.Files : settings.Files - 1))
            oldest.Delete();
    }

    private sealed class JsonLines : ITextFormatter
    {
        public void Format(LogEvent logEvent, TextWriter output)
        {
            var line = (LogLine)((ScalarValue)logEvent.Properties["line"]).Value!;
            output.Write(line.ToJson().ToJsonString(LineOptions));
            output.Write('\n');
        }
    }

    private static readonly JsonSerializerOptions LineOptions = new()
    {
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };
}
