using System.Runtime.CompilerServices;
using Mailroom.Host.Lessons.Schedules.Programs;

namespace Mailroom.Host.Lessons.Schedules;

/// <summary>A little program that goes wrong under some schedules, and its twin that does not.</summary>
/// <param name="Name">as its lesson's</param>
/// <param name="Summary">what goes wrong, and when</param>
/// <param name="Moral">what is to be learned from it</param>
/// <param name="Cure">what the twin does</param>
/// <param name="Broken">sets up its threads</param>
/// <param name="Mended">sets up those of the twin</param>
internal sealed record LittleProgram(
    string Name,
    string Summary,
    string Moral,
    string Cure,
    Action<World> Broken,
    Action<World> Mended,
    [CallerFilePath] string Path = ""
)
{
    /// <summary>Where it stands.</summary>
    public string File => Path.Split('/', '\\')[^1];

    public static IReadOnlyList<LittleProgram> All { get; } =
    [
        LostUpdate.Program,
        CheckThenAct.Program,
        TwoLocks.Program,
        Philosophers.Program,
        LostWakeUp.Program,
        DoubleChecked.Program,
        TornRead.Program,
        Aba.Program,
        Starvation.Program,
        UnboundedQueue.Program,
        BlockedLoopProgram.Program,
        LeakedState.Program,
    ];

    public static LittleProgram? Of(string lesson) => All.FirstOrDefault(program => program.Name == lesson);
}
