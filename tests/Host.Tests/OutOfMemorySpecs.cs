namespace Mailroom.Host.Launch;

public sealed class OutOfMemorySpecs : IDisposable
{
    private readonly string _counters = Path.GetTempFileName();

    public void Dispose() => File.Delete(_counters);

    [Fact]
    public void Kill_should_be_put_down_to_memory_only_if_the_system_has_counted_one_meanwhile()
    {
        File.WriteAllText(_counters, "pgfault 12345\noom_kill 3\ndrop_pagecache 0\n");
        var memory = new OutOfMemory(_counters);
        Assert.False(memory.Ended(137));
        File.WriteAllText(_counters, "pgfault 12346\noom_kill 4\ndrop_pagecache 0\n");
        Assert.True(memory.Ended(137));
        Assert.False(memory.Ended(134));
    }

    [Fact]
    public void Kill_should_be_a_kill_where_nothing_is_counted()
    {
        Assert.False(new OutOfMemory(_counters).Ended(137));
        Assert.False(new OutOfMemory("/nowhere/vmstat").Ended(137));
    }
}
