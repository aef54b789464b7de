using System.Runtime.CompilerServices;
using Akka.Configuration;
using Mailroom.Host.Lessons.Schedules;
using Mailroom.Host.Lessons.Schedules.Programs;

namespace Mailroom.Host.Lessons;

/// <summary>What a lesson showed.</summary>
/// <param name="Claims">each with whether it was shown, just now, on this machine</param>
/// <param name="Schedule">of the lesson's little program: the shortest one that goes wrong</param>
internal sealed record Shown(string Lesson, IReadOnlyList<Claim> Claims, string File, Schedule? Schedule)
{
    public bool Passed => Claims.All(claim => claim.IsShown);
}

/// <param name="Text">what was claimed, with the numbers that were seen</param>
internal sealed record Claim(string Text, bool IsShown);

/// <summary>A short demonstration: a real program that runs in front of the reader and holds what it claims against what it sees.</summary>
internal abstract class Lesson([CallerFilePath] string path = "")
{
    /// <summary>Actors that keep their own log to themselves.</summary>
    protected static readonly Config Quiet = ConfigurationFactory.ParseString("akka { loglevel = OFF, stdout-loglevel = OFF }");

    private readonly List<Claim> _claims = [];
    private readonly string _file = path.Split('/', '\\')[^1];

    /// <summary>All lessons, in the order in which they are best taken.</summary>
    public static IReadOnlyList<Lesson> All { get; } =
    [
        new Race(),
        new ScheduleLesson(CheckThenAct.Program),
        new Deadlock(),
        new ScheduleLesson(Philosophers.Program),
        new ScheduleLesson(LostWakeUp.Program),
        new ScheduleLesson(DoubleChecked.Program),
        new ScheduleLesson(TornRead.Program),
        new ScheduleLesson(Aba.Program),
        new ScheduleLesson(Starvation.Program),
        new ProducerConsumer(),
        new BoundedQueue(),
        new BlockedLoop(),
        new WebApi(),
        new ScheduleLesson(LeakedState.Program),
        new CrashLesson(),
        new Garbage(),
        new Stopping(),
    ];

    /// <summary>A little program that shows the same under every schedule that there is.</summary>
    public LittleProgram? Program => LittleProgram.Of(Name);

    public abstract string Name { get; }

    public abstract string Summary { get; }

    /// <summary>What is to be learned from it, in a few lines.</summary>
    public abstract string Moral { get; }

    /// <summary>The code that runs, as a path in the repository.</summary>
    public virtual string File => $"src/Host/Lessons/{_file}";

    public async Task<Shown> ShowAsync(CancellationToken cancellation)
    {
        _claims.Clear();
        await RunAsync(cancellation);
        var schedule = Program is { } program ? Explore(program) : null;
        return new Shown(Name, [.. _claims], File, schedule);
    }

    private Schedule? Explore(LittleProgram program)
    {
        var (broken, mended) = (Explorer.Explore(program.Broken), Explorer.Explore(program.Mended));
        See(
            $"of the {broken.Schedules} ways in which its threads can take turns, {broken.Failing} go wrong; the shortest is --seed "
                + $"{broken.Shortest?.Seed}",
            broken.Shortest is not null
        );
        See($"the twin {program.Cure}: of its {mended.Schedules} ways {mended.Failing} go wrong", mended.Failing.IsZero);
        return broken.Shortest;
    }

    protected abstract Task RunAsync(CancellationToken cancellation);

    protected void See(string text, bool isShown) => _claims.Add(new Claim(text, isShown));
}
