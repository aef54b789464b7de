namespace Mailroom.Host.Lessons;

/// <summary>One makes garbage, another has nothing to do with it.</summary>
internal sealed class Garbage() : Lesson()
{
    public override string Name => "garbage";

    public override string Summary =>
        "threads share one heap and stand still together while it is collected; processes each have their own";

    public override string Moral =>
        "A collection stops every thread of its process, also those that made no garbage. Work that allocates much scales better by "
        + "processes, if its results are small enough to travel.";

    protected override async Task RunAsync(CancellationToken cancellation)
    {
        var (collections, pause) = (GC.CollectionCount(0), GC.GetTotalPauseDuration());
        await Task.Factory.StartNew(LessonChild.MakeGarbage, cancellation, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        var (shared, stood) = (GC.CollectionCount(0) - collections, GC.GetTotalPauseDuration() - pause);
        See(
            $"a thread made garbage: {shared} collections stopped all threads of this process, for {stood.TotalMilliseconds:0.0} ms",
            shared > 0 && stood > TimeSpan.Zero
        );
        collections = GC.CollectionCount(0);
        using var child = LessonChild.Start("allocate");
        var said = await child.StandardOutput.ReadToEndAsync(cancellation);
        await child.WaitForExitAsync(cancellation);
        var own = GC.CollectionCount(0) - collections;
        See(
            $"a process made the same garbage: {said.Trim()} collections there, {own} here",
            own == 0 && int.TryParse(said, out var there) && there > 0
        );
    }
}
