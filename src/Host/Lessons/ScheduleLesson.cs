using Mailroom.Host.Lessons.Schedules;

namespace Mailroom.Host.Lessons;

/// <summary>A lesson that is all in its little program: real threads would show it once in a million times.</summary>
internal sealed class ScheduleLesson(LittleProgram program) : Lesson
{
    public override string Name => program.Name;

    public override string Summary => program.Summary;

    public override string Moral => program.Moral;

    public override string File => $"src/Host/Lessons/Schedules/Programs/{program.File}";

    protected override Task RunAsync(CancellationToken cancellation) => Task.CompletedTask;
}
