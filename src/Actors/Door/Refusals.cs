using Akka.Actor;

namespace Mailroom.Door;

/// <summary>
/// Counts who and what was not let in, and tells each cause at most once a second, with the count: whoever knocks fills no disk.
/// </summary>
/// <param name="tell">the cause, how often it was, and the detail of the first time</param>
internal sealed class Refusals(Action<string, int, string> tell, IScheduler scheduler)
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();
    private readonly Dictionary<string, Cause> _causes = new(StringComparer.Ordinal);

    /// <param name="cause">one of a closed list</param>
    /// <param name="detail">of the first one of each second</param>
    public void Count(string cause, string detail)
    {
        lock (_gate)
        {
            if (!_causes.TryGetValue(cause, out var known))
                _causes[cause] = known = new Cause();
            known.Count++;
            known.Detail ??= detail;
            if (known.IsWaiting)
                return;
            Tell(cause, known);
            known.IsWaiting = true;
        }
        Later(cause);
    }

    private void Later(string cause)
    {
        try
        {
            scheduler.Advanced.ScheduleOnce(Interval, () => OnInterval(cause));
        }
        catch (SchedulerException)
        {
            // the system is ending, and nobody counts any more
        }
    }

    private void OnInterval(string cause)
    {
        lock (_gate)
        {
            var known = _causes[cause];
            known.IsWaiting = known.Count > 0;
            if (!known.IsWaiting)
                return;
            Tell(cause, known);
        }
        Later(cause);
    }

    private void Tell(string cause, Cause known)
    {
        tell(cause, known.Count, known.Detail!);
        (known.Count, known.Detail) = (0, null);
    }

    private sealed class Cause
    {
        public int Count { get; set; }

        public string? Detail { get; set; }

        /// <summary>Told less than a second ago.</summary>
        public bool IsWaiting { get; set; }
    }
}
