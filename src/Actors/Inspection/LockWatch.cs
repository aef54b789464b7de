using System.Diagnostics.Tracing;

namespace Mailroom.Inspection;

/// <summary>
/// For how long threads of this process wait for locks that others hold, from when it is made: of <see cref="Monitor"/> and of
/// <see cref="Lock"/>, as the runtime's events of contention tell it. To begin takes some 50 ms.
/// </summary>
internal sealed class LockWatch : EventListener
{
    private const string Runtime = "Microsoft-Windows-DotNETRuntime";
    private const EventKeywords Contention = (EventKeywords)0x4000;

    private double _nanoseconds;
    private int _count;

    /// <summary>How often a thread of this process has found a lock taken, ever; to ask costs nothing.</summary>
    public static long Contentions => Monitor.LockContentionCount;

    /// <summary>Of all threads together.</summary>
    public double Seconds => Volatile.Read(ref _nanoseconds) / 1e9;

    /// <summary>How often a thread has waited so, as far as it was told.</summary>
    public int Count => Volatile.Read(ref _count);

    protected override void OnEventSourceCreated(EventSource eventSource)
    {
        if (eventSource.Name == Runtime)
            EnableEvents(eventSource, EventLevel.Informational, Contention);
    }

    // Events of the runtime come one after the other.
    protected override void OnEventWritten(EventWrittenEventArgs eventData)
    {
        if (eventData.PayloadNames?.IndexOf("DurationNs") is >= 0 and var at && eventData.Payload?[at] is double took)
        {
            Volatile.Write(ref _nanoseconds, _nanoseconds + took);
            Volatile.Write(ref _count, _count + 1);
        }
    }
}
