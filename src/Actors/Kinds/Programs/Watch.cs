using System.Collections.Concurrent;

namespace Mailroom.Kinds.Programs;

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
        var owners = children.SelectMany(child => child.Descriptors.Select(descriptor => (Descriptor: descriptor, Child: (Child?)child))).ToList();
        if (wake is { } bell)
            owners.Add((bell, null));
        var ready = new bool[owners.Count];
        Posix.Wait([.. owners.Select(owner => owner.Descriptor)], ready, children.Count == 0 ? -1 : children.Min(child => child.Milliseconds));
        var anything = false;
        for (var i = 0; i < owners.Count; i++)
        {
            if (!ready[i])
                continue;
            anything = true;
            if (owners[i].Child is { } child)
                child.Read(owners[i].Descriptor);
            else
                Posix.Read(owners[i].Descriptor, new byte[64]);
        }
        // One that may have ended is looked at now, the others when nothing else happens.
        foreach (var child in children)
            if (!anything || stop(child) || !child.Descriptors.Any())
                child.Look(stop(child));
    }

    private sealed record Entry(Child Child, TaskCompletionSource<Ended> End, CancellationToken Cancellation);
}
