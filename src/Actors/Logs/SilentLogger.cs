using Akka.Event;

namespace Mailroom.Logs;

/// <summary>Stands where Akka would write to stdout before its loggers run and after they ended: stdout belongs to the answers.</summary>
internal sealed class SilentLogger : MinimalLogger
{
    protected override void Log(object message) { }
}
