using System.Collections.Immutable;
using Mailroom.Client;
using Mailroom.Kinds;
using Mailroom.Model;
using Mailroom.Settings;

namespace Mailroom.Techniques;

/// <summary>
/// All that is peculiar to one technique: where its workers live and what runs there, what it costs, what is to be said of it. Whoever
/// would switch over techniques asks these. Another technique is a name in <see cref="Technique"/>, a value like these, and its place in
/// <see cref="All"/>.
/// </summary>
public abstract record Traits(Technique By)
{
    /// <summary>In the order in which they are shown.</summary>
    public static ImmutableArray<Traits> All { get; } = [new OfThreads(), new OfProcesses(), new OfAsync()];

    public static Traits Of(Technique technique) => All.First(traits => traits.By == technique);

    /// <summary>Whether pieces and results travel between processes, and so as bytes.</summary>
    public virtual bool Travels => false;

    /// <summary>What Mailroom adds to a piece, in seconds of wall time, where nobody has measured it here.</summary>
    public abstract double PieceSeconds { get; }

    /// <summary>So many pieces can compute at the same moment.</summary>
    public virtual int Computing(int workers) => workers;

    /// <param name="resumes">whether the host stays</param>
    internal abstract Place In(MailroomSettings settings, bool resumes);

    /// <summary>Seconds that a job's pieces take, beside what Mailroom itself adds.</summary>
    internal abstract double Work(Load load);

    /// <summary>What speaks for it, from what its pieces are like; null where nothing does that others have not.</summary>
    internal virtual string? Because(Profile profile) => null;

    /// <summary>What is to be said where pieces wait for locks.</summary>
    internal static string Locked(Profile profile, Technique by) =>
        $"pieces wait {Math.Round(100 * profile.Contending)} % of their time for a lock that the threads of a process share"
        + (by == Technique.Processes ? ", and processes have locks of their own" : "");

    /// <summary>What would make another one better.</summary>
    internal abstract string Otherwise(Profile profile, int workers);
}
