namespace Mailroom.Host.Lessons.Schedules.Programs;

/// <summary>
/// Something that is made once, by whoever wants it first. Processors and compilers may let others see two writes in the other order,
/// where nothing forbids it: the broken one is written as another core may see it.
/// </summary>
internal static class DoubleChecked
{
    public static LittleProgram Program { get; } =
        new(
            "double-checked-locking",
            "two threads want one object, and one of them gets it before it is filled",
            "A reference that can be seen says nothing about what it refers to. Lazy<T>, or a volatile write, lets the reference be seen "
                + "last.",
            "lets the reference be seen last, as Lazy<T> and volatile do",
            world => Share(world, isOrdered: false),
            world => Share(world, isOrdered: true)
        );

    private static void Share(World world, bool isOrdered)
    {
        var (instance, field, gate) = (world.Cell("instance", "null"), world.Cell("instance.Value", 0), world.Gate("gate"));
        foreach (var name in new[] { "A", "B" })
            world.Thread(
                name,
                async () =>
                {
                    if (await instance.Read() == "null")
                    {
                        await gate.Enter();
                        if (await instance.Read() == "null")
                            await MakeAsync();
                        await gate.Exit();
                    }
                    if (await field.Read() is var value && value != 42)
                        throw new InvalidOperationException($"uses an object whose Value is {value}, before it is filled with 42");
                }
            );

        async Task MakeAsync()
        {
            if (isOrdered)
                await field.Write(42);
            await instance.Write("an object");
            if (!isOrdered)
                await field.Write(42);
        }
    }
}
