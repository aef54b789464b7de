using Mailroom.Input;
using Mailroom.Kinds;

namespace Mailroom.Host.Console.Commands;

/// <summary>What a lesson with a little program takes.</summary>
internal sealed record LessonOptions(
    [property: Option("play the schedule with this number, and nothing else"), From(0, 1e18)] long? Seed = null,
    [property: Option("be the scheduler: say whose turn it is")] bool Play = false,
    [property: Option("with --seed or --play: the mended twin")] bool Mended = false
);
