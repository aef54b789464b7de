using Mailroom.Kinds;

namespace Mailroom.Batches;

public class BatchSpecs
{
    private const int Batches = 300;

    // The same ones each time.
    private readonly Random _random = new(11);

    private static Piece Piece(int index, int attempt = 1, int crashes = 0) =>
        new(index, attempt, crashes, Payload.Of($"of {index}", Codec<string>.Json));

    private static string Text(IEnumerable<Piece> pieces) =>
        string.Join(
            ' ',
            pieces.Select(piece => $"{piece.Index}.{piece.Attempt}.{piece.Crashes}:{Convert.ToHexString(piece.Payload.Bytes.Span)}")
        );

    private List<Piece> Some()
    {
        var (first, isEven, isRange, isFresh) = (_random.Next(1_000), _random.Next(2) == 0, _random.Next(2) == 0, _random.Next(2) == 0);
        return
        [
            .. Enumerable
                .Range(0, _random.Next(1, 20))
                .Select(at => new Piece(
                    isRange ? first + at : _random.Next(),
                    isFresh ? 1 : _random.Next(1, 9),
                    isFresh ? 0 : _random.Next(3),
                    Payload.Of(new byte[isEven ? 4 : _random.Next(9)])
                )),
        ];
    }

    [Fact]
    public void Batch_should_be_the_pieces_that_it_was_made_of()
    {
        for (var i = 0; i < Batches; i++)
        {
            var pieces = Some();
            Batch batch = [.. pieces];
            Assert.Equal(Text(pieces), Text(batch));
            var (from, count) = (_random.Next(pieces.Count), 0);
            count = _random.Next(pieces.Count - from + 1);
            Assert.Equal(Text(pieces.Skip(from).Take(count)), Text(batch.Slice(from, count)));
            Assert.Equal(Text(pieces.Where((_, at) => at % 3 == 1)), Text(batch.Where(at => at % 3 == 1)));
            var more = Some();
            Assert.Equal(Text([.. pieces, .. more]), Text(Batch.Join([batch, Batch.Empty, [.. more]])));
        }
    }

    [Fact]
    public void Batch_should_come_back_from_its_bytes()
    {
        for (var i = 0; i < Batches; i++)
        {
            Batch batch = [.. Some()];
            batch = batch.Slice(batch.Count / 3, batch.Count - (batch.Count / 3));
            Assert.Equal(Text(batch), Text(BatchForm.Read(BatchForm.Write(batch), batch.Count)));
        }
        Assert.Empty(BatchForm.Read(BatchForm.Write(Batch.Empty), 0));
    }

    [Fact]
    public void Batch_should_take_few_bytes_when_its_pieces_follow_one_another()
    {
        Batch fresh = [.. Enumerable.Range(5, 1_000).Select(index => new Piece(index, 1, 0, Payload.Of(new byte[4])))];
        Assert.Equal(1 + (3 * 4) + (1_000 * 4), BatchForm.Write(fresh).Length);
    }

    [Fact]
    public void Bytes_that_are_no_batch_should_be_refused_whatever_they_are()
    {
        for (var i = 0; i < Batches / 10; i++)
        {
            var bytes = BatchForm.Write([.. Some()]);
            for (var length = 0; length < bytes.Length; length++)
                Assert.Throws<FormatException>(() => BatchForm.Read(bytes.AsMemory(0, length), 20));
            Assert.Throws<FormatException>(() => BatchForm.Read((byte[])[.. bytes, 0], 20));
            for (var bit = 0; bit < bytes.Length * 8; bit++)
            {
                bytes[bit / 8] ^= (byte)(1 << (bit % 8));
                ReadOrRefuse(bytes);
                bytes[bit / 8] ^= (byte)(1 << (bit % 8));
            }
        }
    }

    private static void ReadOrRefuse(byte[] bytes)
    {
        try
        {
            _ = Text(BatchForm.Read(bytes, 20));
        }
        catch (FormatException)
        {
            // refused
        }
    }

    [Theory]
    [InlineData(int.MaxValue)]
    [InlineData(-1)]
    [InlineData(21)]
    public void Batch_should_have_no_more_pieces_than_are_taken(int count)
    {
        byte[] bytes = [0, .. BitConverter.GetBytes(count), .. new byte[8]];
        Assert.Throws<FormatException>(() => BatchForm.Read(bytes, 20));
    }

    [Fact]
    public void Queue_should_give_back_what_was_put_in_in_order()
    {
        for (var i = 0; i < Batches; i++)
        {
            var (queue, expected, taken) = (new BatchQueue(), new List<Piece>(), new List<Piece>());
            for (var step = 0; step < 20; step++)
            {
                var pieces = Some();
                switch (_random.Next(3))
                {
                    case 0:
                        queue.Add([.. pieces]);
                        expected.AddRange(pieces);
                        break;
                    case 1:
                        queue.Return([.. pieces]);
                        expected.InsertRange(0, pieces);
                        break;
                    default:
                        var count = _random.Next(30);
                        var got = queue.Take(count);
                        Assert.Equal(Text(expected.Take(count)), Text(got));
                        expected.RemoveRange(0, got.Count);
                        break;
                }
                Assert.Equal(expected.Count, queue.Count);
            }
            Assert.Equal(Text(expected), Text(queue.TakeAll()));
        }
    }

    [Fact]
    public void Lease_should_settle_each_of_its_pieces_once_however_they_come()
    {
        for (var i = 0; i < Batches; i++)
        {
            var count = _random.Next(1, 20);
            var isFresh = _random.Next(2) == 0;
            Batch pieces = [.. Enumerable.Range(100, count).Select(index => Piece(index, isFresh ? 1 : 2, isFresh ? 0 : 1))];
            var held = new HeldPieces(pieces);
            var left = Enumerable.Range(100, count).ToHashSet();
            while (left.Count > 0)
            {
                var told = Enumerable.Range(90, count + 20).Where(_ => _random.Next(4) == 0).ToList();
                Ends ends =
                [
                    .. told.Select(index =>
                        _random.Next(2) == 0
                            ? Outcome.Done(Piece(index, isFresh ? 1 : 2), Payload.Of("done", Codec<string>.Json), 1)
                            : Outcome.HandedBack(Piece(index, isFresh ? 1 : 2))
                    ),
                ];
                var settled = held.Settle(ends);
                Assert.Equal(told.Where(left.Remove).Order(), settled.Select(outcome => outcome.Piece.Index).Order());
                Assert.All(settled, outcome => Assert.Equal(isFresh ? 0 : 1, outcome.Piece.Crashes));
                Assert.Equal(settled.Done.Count, settled.DoneSeconds, 6);
                Assert.Equal(left.Order(), held.Left.Select(piece => piece.Index).Order());
            }
            Assert.Equal(0, held.Count);
        }
    }

    [Fact]
    public void Lease_should_not_take_another_attempt_for_its_own()
    {
        var held = new HeldPieces([Piece(1, attempt: 2)]);
        Assert.Empty(held.Settle([Outcome.Done(Piece(1), Payload.None, 1)]));
        Assert.Equal(1, held.Count);
    }
}
