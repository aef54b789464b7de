using Mailroom.Input;
using Mailroom.Kinds;

namespace Mailroom.Host.Console.Commands;

/// <summary>What <c>newsroom</c> takes.</summary>
internal sealed record NewsroomOptions(
    [property: Option("the port; 0 takes a free one"), From(0, 65_535)] int Port = 8080,
    [property: Option("sources"), From(0, 1_000_000)] int Sources = 20,
    [property: Option("articles of each source"), From(0, 10_000)] int Articles = 10,
    [property: Option("time before each answer; 100ms where nothing is said"), From(0, 86_400)] TimeSpan? Delay = null,
    [property: Option("at most so much more"), From(0, 86_400)] TimeSpan Jitter = default,
    [property: Option("answers that are 500"), Percent] double Fail = 0,
    [property: Option("answers that are 429 with Retry-After: 1"), Percent] double Throttle = 0,
    [property: Option("answers whose body trickles for ten delays"), Percent] double Slow = 0,
    [property: Option("most connections at once; 0 sets no limit"), From(0, 1_000_000)] int Connections = 0,
    [property: Option("of the texts and of what fails"), From(0, int.MaxValue)] int Seed = 1,
    [property: Option("the word whose right count is printed")] string Word = "storm",
    [property: Option("ask for the key that this environment variable holds", Value = "NAME")] string? KeyEnv = null
);
