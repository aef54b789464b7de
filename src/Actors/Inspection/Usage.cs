using System.Diagnostics;
using Mailroom.Kinds;

namespace Mailroom.Inspection;

/// <summary>What a process has used since it began.</summary>
/// <param name="Node">the process: <c>host</c> or a node's name</param>
/// <param name="CpuSeconds">processor time of all its threads, and of the programs that its pieces ran</param>
/// <param name="AllocatedBytes">by managed code</param>
/// <param name="Collections">garbage collections of any generation</param>
/// <param name="PauseSeconds">for which collections held all its threads up</param>
/// <param name="MemoryBytes">its working set now</param>
/// <param name="WireBytes">of its own messages, out and in</param>
public sealed record Usage(
    string Node,
    int Pid,
    double CpuSeconds,
    long AllocatedBytes,
    int Collections,
    double PauseSeconds,
    long MemoryBytes,
    long WireBytes
)
{
    private static long _wire;

    /// <summary>This process, now.</summary>
    public static Usage Now(string node)
    {
        using var process = Process.GetCurrentProcess();
        return new Usage(
            node,
            process.Id,
            process.TotalProcessorTime.TotalSeconds + PieceContext.ChargedInAll,
            GC.GetTotalAllocatedBytes(),
            GC.CollectionCount(0),
            GC.GetTotalPauseDuration().TotalSeconds,
            process.WorkingSet64,
            Interlocked.Read(ref _wire)
        );
    }

    internal static void CountWire(int bytes) => Interlocked.Add(ref _wire, bytes);
}
