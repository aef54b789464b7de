using System.Collections.Concurrent;

namespace Mailroom.BuiltIn.Programs;

/// <summary>Waits for programs: for one on the caller's own thread, or for any number of them on one thread of the process.</summary>
internal sealed class Watch
{
    private static readonly Lazy<Watch> Shared = new(() => new Watch());

    private readonly ConcurrentQueue<Entry> _new = new();
    private readonly (int Read, int Write) _wake = Posix.MakePipe();

    private Watch() => new Thread(Run) { IsBackground = true, Name = "programs" }.Start();

    /// <summary>Waits here, blocking.</summary>
    public static Ended Wait(Child child, CancellationToken cancellation)
    {
        var one = new List<Child> { child };
        while (child.Ended is null)
            Step(one, null, _ => cancellation.IsCancellationRequested);
        return child.Ended;
    }

    /// <summary>Waits without a thread.</summary>
    public static Task<Ended> WaitAsync(Child child, CancellationToken cancellation)
    {
        var entry = new Entry(child, new TaskCompletionSource<Ended>(TaskCreationOptions.RunContinuationsAsynchronously), cancellation);
        Shared.Value._new.Enqueue(entry);
        Posix.WriteByte(Shared.Value._wake.Write);
        return entry.End.Task;
    }

    private void Run()
    {
        var running = new Dictionary<Child, Entry>();
        for (; ; )
        {
            while (_new.TryDequeue(out var entry))
                running.Add(entry.Child, entry);
            Step([.. running.Keys], _wake.Read, child => running[child].Cancellation.IsCancellationRequested);
            foreach (var entry in running.Values.Where(entry => entry.Child.Ended is not null).ToList())
            {
                running.Remove(entry.Child);
                entry.End.SetResult(entry.Child.Ended!);
            }
        }
    }

    /// <summary>Waits until something happens to one of them, or it is time to look.</summary>
    private static void Step(List<Child> children, int? wake, Func<Child, bool> stop)
    {
        var descriptors = new List<(int Descriptor, Child? Child)>((3 * children.Count) + 1);
        foreach (var child in children)
            child.AddDescriptors(descriptors);
        if (wake is { } bell)
            descriptors.Add((bell, null));
        var ready = new bool[descriptors.Count];
        Posix.Wait(
            [.. descriptors.Select(one => one.Descriptor)],
            ready,
            children.Count == 0 ? -1 : children.Min(child => child.Milliseconds)
        );
        for (var i = 0; i < ready.Length; i++)
        {
            if (!ready[i])
                continue;
            if (descriptors[i].Child is { } child)
                child.Take(descriptors[i].Descriptor, stop(child));
            else
                Posix.Read(descriptors[i].Descriptor, new byte[64]);
        }
        // Those of which nothing was heard: perhaps they shall end, or there is no descriptor for their end.
        if (!ready.Contains(true) || children.Any(child => child.MustEnd || stop(child)))
            children.Where(child => child.Ended is null).ToList().ForEach(child => child.Look(stop(child)));
    }

    private sealed record Entry(Child Child, TaskCompletionSource<Ended> End, CancellationToken Cancellation);
}
