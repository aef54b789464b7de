using Akka.Actor;
using CsCheck;
using Mailroom.Attacker;
using Mailroom.Batches;
using Mailroom.Door;
using Mailroom.Kinds;
using Mailroom.Nodes;
using Mailroom.Wire;

namespace Mailroom.Properties;

/// <summary>Whatever comes over the wire, it is a message, or is told from one.</summary>
public class WirePropertySpecs : ActorSpec
{
    private readonly WireSerializer _wire;

    public WirePropertySpecs() => _wire = new WireSerializer((ExtendedActorSystem)Sys);

    private (string Manifest, byte[] Bytes)[] Recorded() =>
        [
            .. WireSpecs
                .Messages()
                .AsEnumerable<object[]>()
                .Select(row => new Parcel(-7, 3, row[0]))
                .Select(parcel => (_wire.Manifest(parcel), _wire.ToBinary(parcel))),
        ];

    [Fact]
    public void Any_bytes_should_be_a_parcel_that_can_be_read_or_not()
    {
        var recorded = Recorded();
        var manifests = recorded.Select(one => one.Manifest).Distinct().ToArray();
        Any.Holds(Gen.Select(Any.OneOf(manifests), Any.Bytes), pair => Assert.IsType<Parcel>(_wire.FromBinary(pair.Item2, pair.Item1)));
        Any.Holds(
            Any.OneOf(recorded).SelectMany(one => Any.Spoilt(Gen.Const(one.Bytes)).Select(bytes => (one.Manifest, Bytes: bytes))),
            one => Assert.IsType<Parcel>(_wire.FromBinary(one.Bytes, one.Manifest))
        );
    }

    [Fact]
    public void Batch_should_come_back_whole_and_nothing_else_be_one()
    {
        var pieces = Gen.Select(Gen.Int[0, int.MaxValue], Gen.Int[1, 100], Gen.Int[0, 3], Gen.Byte.Array[0, 20])
            .Select((index, attempt, crashes, bytes) => new Piece(index, attempt, crashes, Payload.Of(bytes)))
            .Array[1, 50];
        Any.Holds(
            pieces,
            all =>
            {
                Batch batch = [.. all];
                var back = BatchForm.Read(BatchForm.Write(batch), all.Length);
                Assert.Equal(
                    all.Select(piece => (piece.Index, piece.Attempt, piece.Crashes, Convert.ToHexString(piece.Payload.Bytes.Span))),
                    Enumerable
                        .Range(0, back.Count)
                        .Select(at =>
                            (back.Index(at), back.Attempt(at), back.Crashes(at), Convert.ToHexString(back.Payload(at).Bytes.Span))
                        )
                );
            },
            Any.Cases / 10
        );
    }

    [Fact]
    public void Any_frame_should_be_judged()
    {
        var local = Doors.Host;
        byte[][] right = [Pdu.Associate("mine"), Pdu.Tell(Pdu.Gate, "akka.tls://node@mine:4711/user/node", Pdu.Parcel(0, 0, []), "join")];
        Any.Holds(
            Gen.Select(Gen.Bool, Any.Bytes, Any.Spoilt(Any.OneOf(right))),
            three =>
            {
                var (isIn, bytes, spoilt) = three;
                var guard = new Guard(Role.Host, local, "mine");
                if (isIn)
                    guard.Judge(right[0]);
                guard.Judge(bytes);
                guard.Judge(spoilt);
            }
        );
    }
}
