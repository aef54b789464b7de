namespace Mailroom.Host.Launch;

public sealed class OutOfMemorySpecs : IDisposable
{
    private readonly string _counters = Path.GetTempFileName();

    public void Dispose() => File.Delete(_counters);

    [Fact]
    public void Kill_should_be_put_down_to_memory_only_if_the_system_has_counted_one_meanwhile()
    {
        File.WriteAllText(_counters, "pgfault 12345\noom_kill 3\ndrop_pagecache 0\n");
        using var memory = new OutOfMemory(_counters);
        Assert.False(memory.Ended(137));
        File.WriteAllText(_counters, "pgfault 12346\noom_kill 4\ndrop_pagecache 0\n");
        Assert.True(memory.Ended(137));
        Assert.False(memory.Ended(134));
        memory.Look();
        Assert.True(memory.Ended(137));
        memory.Look();
        Assert.False(memory.Ended(137)); // that one was another's, a while ago
    }

    [Fact]
    public void Kill_should_be_a_kill_where_nothing_is_counted()
    {
        using var empty = new OutOfMemory(_counters);
        using var none = new OutOfMemory("/nowhere/vmstat");
        Assert.False(empty.Ended(137));
        Assert.False(none.Ended(137));
    }
}
