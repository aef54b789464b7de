using Google.Protobuf;

namespace Mailroom.Door;

public class OutgoingSpecs
{
    private readonly Outgoing _out = new();

    [Fact]
    public async Task What_is_added_should_be_taken_in_order_also_by_who_waits()
    {
        var taken = Task.Run(() => Enumerable.Range(0, 1_000).Select(_ => _out.Take()!.ToStringUtf8()).ToList());
        for (var i = 0; i < 1_000; i++)
            Assert.True(_out.TryAdd(ByteString.CopyFromUtf8($"{i}")));
        Assert.Equal(Enumerable.Range(0, 1_000).Select(i => $"{i}"), await taken);
        Assert.Null(_out.TakeNow());
    }

    [Fact]
    public async Task Who_waits_should_hear_of_the_end()
    {
        var waits = Task.Run(_out.Take);
        Assert.True(_out.Complete());
        Assert.False(_out.Complete());
        Assert.Null(await waits);
    }

    [Fact]
    public void What_was_added_before_the_end_should_still_be_given()
    {
        Assert.True(_out.TryAdd(ByteString.CopyFromUtf8("last")));
        _out.Complete();
        Assert.False(_out.TryAdd(ByteString.CopyFromUtf8("late")));
        Assert.Equal("last", _out.Take()!.ToStringUtf8());
        Assert.Null(_out.Take());
    }

    [Fact]
    public void Full_one_should_refuse_until_something_was_taken()
    {
        var big = UnsafeByteOperations.UnsafeWrap(new byte[8 * 1024 * 1024]);
        while (_out.TryAdd(big)) { }
        _out.TakeNow();
        _out.TakeNow();
        Assert.True(_out.TryAdd(big));
    }
}
