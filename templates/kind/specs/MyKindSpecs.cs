using Mailroom.Input;
using Mailroom.Kinds;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace MyKind.Specs;

/// <summary>A kind is a class like any other: its pieces can be run without a host.</summary>
public class MyKindSpecs
{
    private static readonly MyKind Kind = new();

    [Theory]
    [InlineData(2, 0)]
    [InlineData(100, 25)]
    [InlineData(20_001, 2_262)]
    public async Task Pieces_should_give_the_answer_together(int below, int primes)
    {
        var args = Kind.Check(new MyKind.Args(below), Directory.GetCurrentDirectory());
        var results = new List<int>();

        foreach (var piece in Kind.Split(args, new SplitHint(Workers: 2, Pieces: null)))
            results.Add(await Kind.RunAsync(args, piece, Context(results.Count)));

        Assert.Equal(primes, Kind.Combine(args, results));
    }

    [Fact]
    public void Check_should_say_what_is_wrong() =>
        Assert.Contains("--below is 1", Assert.Throws<UserError>(() => Kind.Check(new MyKind.Args(1), "")).Message);

    private static PieceContext Context(int piece) =>
        new(Job: 1, piece, Attempt: 1, MayBlock: true, NullLogger.Instance, CancellationToken.None);
}
