namespace Mailroom.Kinds;

public class ThrownSpecs
{
    private sealed class Odd(string? message, bool throws) : Exception
    {
        public override string Message => throws ? throw new NotSupportedException() : message!;

        public override string? StackTrace => throws ? throw new NotSupportedException() : null;

        public override string ToString() => throws ? throw new NotSupportedException() : null!;
    }

    [Fact]
    public void Thrown_should_find_words_for_what_has_none()
    {
        Assert.Equal("Odd: it has no message", Thrown.Named(new Odd(null, throws: false)));
        Assert.Equal("Odd: its message can't be read, which throws NotSupportedException", Thrown.Named(new Odd("", throws: true)));
        Assert.Contains("its text can't be read", Thrown.Detail(new Odd("", throws: true)));
        Assert.Equal("Odd: it has no message", Thrown.Detail(new Odd(null, throws: false)));
    }

    [Fact]
    public void Thrown_should_be_short() =>
        Assert.Equal(501, Thrown.Line(new InvalidOperationException(new string('x', 10_000_000))).Length);

    [Fact]
    public async Task Code_threads_should_run_code_although_other_code_never_comes_back()
    {
        using var end = new ManualResetEventSlim();
        var threads = new CodeThreads();
        for (var i = 0; i < 3 * Environment.ProcessorCount; i++)
            threads.Run(end.Wait);
        Assert.Equal(42, await threads.RunAsync(() => 42));
        end.Set();
    }
}
