using System.Runtime.CompilerServices;
using Akka.Configuration;

namespace Mailroom.Host.Lessons;

/// <summary>What a lesson showed.</summary>
/// <param name="Claims">each with whether it was shown, just now, on this machine</param>
internal sealed record Shown(string Lesson, IReadOnlyList<Claim> Claims, string File)
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

    /// <summary>All lessons, in the order in which they are best taken.</summary>
    public static IReadOnlyList<Lesson> All { get; } =
    [
        new Race(),
        new Deadlock(),
        new BlockedLoop(),
        new ProducerConsumer(),
        new BoundedQueue(),
        new CrashLesson(),
        new Garbage(),
        new Stopping(),
    ];

    public abstract string Name { get; }

    public abstract string Summary { get; }

    /// <summary>What is to be learned from it, in a few lines.</summary>
    public abstract string Moral { get; }

    /// <summary>The code that runs, as a path in the repository.</summary>
    public string File => $"src/Host/Lessons/{path.Split('/', '\\')[^1]}";

    public async Task<Shown> ShowAsync(CancellationToken cancellation)
    {
        _claims.Clear();
        await RunAsync(cancellation);
        return new Shown(Name, [.. _claims], File);
    }

    protected abstract Task RunAsync(CancellationToken cancellation);

    protected void See(string text, bool isShown) => _claims.Add(new Claim(text, isShown));
}
