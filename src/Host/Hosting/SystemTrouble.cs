using System.ComponentModel;
using System.Net.Sockets;
using Akka.Actor;
using Mailroom.Journal;

namespace Mailroom.Host.Hosting;

/// <summary>Tells what the system would not do from what is a bug: a full disk, too few files, a folder that is gone.</summary>
internal static class SystemTrouble
{
    /// <summary>In one line, or null where it is a bug.</summary>
    public static string? Of(Exception error)
    {
        for (
            var cause = error;
            cause is not null;
            cause = cause is AggregateException { InnerExceptions: [var first, ..] } ? first : cause.InnerException
        )
        {
            switch (cause)
            {
                case AskTimeoutException:
                    return "the host's actors did not answer in time; perhaps this machine has too much to do, or a debugger or "
                        + "Ctrl-Z has stopped it";
                case OutOfMemoryException:
                    return "this machine has no memory left for it";
                case IOException or UnauthorizedAccessException or SocketException or Win32Exception or StoreException:
                    return Input.Visible.Text(cause.Message.TrimEnd('.').ReplaceLineEndings(" "));
                default:
                    break;
            }
        }
        return null;
    }
}
