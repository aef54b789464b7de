using System.Globalization;
using Mailroom.Host.Lessons.Schedules;
using Mailroom.Host.Newsroom;
using Mailroom.Input;

namespace Mailroom.Host.Lessons.Exercises;

/// <summary>Something to write, and a check that runs it.</summary>
/// <param name="Task">what the learner's file has to do</param>
/// <param name="CheckAsync">runs the file and says what was seen</param>
internal sealed record Exercise(string Name, string Task, Func<string, CancellationToken, Task<IReadOnlyList<Claim>>> CheckAsync)
{
    private const int Below = 200_000;
    private const int PrimesBelow = 17_984;

    public static IReadOnlyList<Exercise> All { get; } =
    [
        Seed("seed-race", "race"),
        Seed("seed-wake-up", "lost-wake-up"),
        Seed("seed-philosophers", "philosophers"),
        new(
            "primes-threads",
            "program N W: the number of primes below N, counted by W threads that take ranges from one queue",
            (file, cancellation) => PrimesAsync(file, leastProcesses: 1, cancellation)
        ),
        new(
            "primes-processes",
            "program N W: the same, counted by W processes at once",
            (file, cancellation) => PrimesAsync(file, leastProcesses: 3, cancellation)
        ),
        new(
            "news-at-once",
            "program URL WORD: in how many titles the API has the word; ten requests and more are under way at once",
            AtOnceAsync
        ),
        new("news-bounded", "the same, with two to five requests under way at once", BoundedAsync),
        new("news-retry", "the same, although every third answer is a 500: ask again", RetryAsync),
        new("responsive", "count something for ever; to each line 'status' on stdin say how far it is, end at 'quit'", Talks.StatusAsync),
        new("stop", "count something for ever; on Ctrl-C (SIGINT) print a line that begins with 'stopped', and end", Talks.StopAsync),
    ];

    private static Exercise Seed(string name, string lesson) =>
        new(
            name,
            $"a text file with a number N for which 'mailroom lesson {lesson} --seed N' goes wrong",
            async (file, cancellation) =>
            {
                var text = (await System.IO.File.ReadAllTextAsync(file, cancellation)).Trim();
                if (!long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var seed))
                    return [new Claim("the file has to hold a whole number, and nothing else", false)];
                var played = Seeds.Play(LittleProgram.Of(lesson)!.Broken, seed);
                return [new Claim($"--seed {seed}: {played.Fault ?? "nothing goes wrong"}", played.Fault is not null)];
            }
        );

    private static async Task<IReadOnlyList<Claim>> PrimesAsync(string file, int leastProcesses, CancellationToken cancellation)
    {
        var claims = new List<Claim>();
        foreach (var (below, expected) in new[] { (Below, PrimesBelow), (3, 1), (2, 0) })
        {
            var ran = await Learner.RunAsync(file, [$"{below}", "2"], cancellation);
            claims.Add(ran.Says($"{expected}", $"the primes below {below}"));
            if (leastProcesses > 1 && below == Below && OperatingSystem.IsLinux())
                claims.Add(new Claim($"{ran.Processes} processes ran at once, its own with them", ran.Processes >= leastProcesses));
        }
        return claims;
    }

    private static Task<IReadOnlyList<Claim>> AtOnceAsync(string file, CancellationToken cancellation) =>
        NewsCheck.RunAsync(file, fail: 0, server => UnderWay(server, server.Most >= 10), cancellation);

    private static Task<IReadOnlyList<Claim>> BoundedAsync(string file, CancellationToken cancellation) =>
        NewsCheck.RunAsync(file, fail: 0, server => UnderWay(server, server.Most is >= 2 and <= 5), cancellation);

    private static Claim UnderWay(NewsServer server, bool isRight) =>
        new($"at most {server.Most} requests were under way at once", isRight);

    private static Task<IReadOnlyList<Claim>> RetryAsync(string file, CancellationToken cancellation) =>
        NewsCheck.RunAsync(
            file,
            fail: 33,
            server => new Claim($"{Quantity.Of(server.Failures, "answer was", "answers were")} a 500", server.Failures > 0),
            cancellation
        );
}
