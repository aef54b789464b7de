using System.Collections.Immutable;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.Serialization;
using System.Text.Json;
using Akka.Actor;
using Mailroom.Inspection;
using Mailroom.Kinds;
using Mailroom.Nodes;
using Mailroom.Pools;

namespace Mailroom.Wire;

public class WireSpecs : ActorSpec
{
    private static readonly JsonSerializerOptions WithPayloads = new() { Converters = { new PayloadText() } };

    private readonly WireSerializer _wire;

    public WireSpecs() => _wire = new WireSerializer((ExtendedActorSystem)Sys);

    public static TheoryData<object> Messages()
    {
        var bytes = Payload.Of(new byte[] { 1, 2, 3 });
        return
        [
            new Pool.Ask(-7, "node-1", "worker-1", 256, -9),
            new Worker.Admitted(),
            new Worker.Acknowledged(9),
            new Worker.Recount(9),
            new Pool.Held(7, 9, [1, 2], [3]),
            new Pool.Leave(7),
            new Pool.Report(7, 5, 1, 9,
            [
                new Outcome(3, 1, Verdict.Done, bytes, null, null, 0.25),
                new Outcome(4, 2, Verdict.Failed, null, "grüße", "the stack", 1e-9),
                new Outcome(5, 1, Verdict.Done, Payload.Of(ReadOnlyMemory<byte>.Empty), null, null, 0),
            ]),
            new Worker.Open(new JobSpec(1, "integrate", "{\"a\":1}", TimeSpan.FromMilliseconds(1500)), null),
            new Worker.Open(new JobSpec(1, "integrate", "{}", null), null),
            new Worker.Open(new JobSpec(1, "own", "{}", null, "My 1.0 (sha256 abc)"), null),
            new Pool.Report(7, 5, 1, 9, [new Outcome(3, 1, Verdict.Failed, bytes, "later", null, 0.25, TimeSpan.FromSeconds(7), 3)]),
            new Pool.Part(7, 9, 3, 2, bytes),
            new Pool.Decline(7, 1, "no programs here"),
            new Worker.Close(12),
            new Worker.Lease(long.MaxValue, 1, [new Piece(int.MaxValue, 5, 2, bytes)]),
            new Gate.Join("node-1", Guid.NewGuid(), 123, "machine", "0.1.0", 4, "secret", [new Gate.OwnKind("collatz", "MyKinds 1.0.0.0 (sha256 abc)")]),
            new Gate.Refused("no"),
            new Keeper.Renew(7, new Usage("node-1", 12, 1.5, 1000, 3, 0.25, 2000, 3000), [new ActorReport("node-1", "/user/node", "joined", 1, 0.5, 100, 2.5, 3, 0), new ActorReport("node-1", "/user/x", "idle", 0, 0, 0, 0, null, null)]),
            new Keeper.Renewed(7),
            new Keeper.Left(7),
            new Keeper.Stuck(7, "it runs on"),
            new Keeper.Retire(7, true),
            new Keeper.Dismissed(7, "bye"),
        ];
    }

    [Theory]
    [MemberData(nameof(Messages))]
    public void Wire_should_bring_a_message_over_whole(object message)
    {
        var back = _wire.FromBinary(_wire.ToBinary(message), _wire.Manifest(message));
        Assert.Equal(Text(message), Text(back));
        Assert.IsType(message.GetType(), back);
    }

    [Fact]
    public void Wire_should_bring_over_whom_to_answer()
    {
        var welcome = new Gate.Welcome(7, TimeSpan.FromMilliseconds(500), TimeSpan.FromSeconds(10), TestActor, Sys.DeadLetters);
        var back = (Gate.Welcome)_wire.FromBinary(_wire.ToBinary(welcome), _wire.Manifest(welcome));
        Assert.Equal(welcome, back);
    }

    [Fact]
    public void Wire_should_have_a_place_for_every_wire_message() =>
        Assert.Equal(
            typeof(Pool).Assembly.GetTypes().Where(type => type.IsAssignableTo(typeof(IWireMessage)) && !type.IsInterface).OrderBy(type => type.FullName),
            WireSerializer.Types.OrderBy(type => type.FullName));

    [Fact]
    public void Wire_should_refuse_a_message_that_is_not_on_its_list() =>
        Assert.Throws<SerializationException>(() => _wire.FromBinary([], "System.Diagnostics.Process, System"));

    [Fact]
    public void Wire_should_refuse_to_send_what_is_not_on_its_list() => Assert.Throws<SerializationException>(() => _wire.ToBinary("text"));

    [Fact]
    public void Wire_should_refuse_outcomes_that_do_not_exist()
    {
        var form = new Form.Report { Session = 1, Lease = 1, Outcomes = { new Form.Outcome { Verdict = 99 } } };
        Assert.Throws<SerializationException>(() => _wire.FromBinary(Google.Protobuf.MessageExtensions.ToByteArray(form), "report"));
    }

    [Theory]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    public void Wire_should_take_no_time_that_can_not_be_reckoned_with(double seconds)
    {
        var report = new Pool.Report(7, 5, 1, 9, [Outcome.Not(Verdict.Failed, new Piece(3, 1, 0, Payload.Of(new byte[] { 1 })), "later", null, seconds)]);
        Assert.Equal(0, ((Pool.Report)_wire.FromBinary(_wire.ToBinary(report), "report")).Outcomes.Single().Seconds);
    }

    [Fact]
    public void Json_should_be_refused_both_ways()
    {
        var json = Sys.Serialization.FindSerializerForType(typeof(object));
        Assert.IsType<RefusingSerializer>(json);
        Assert.Equal(1, json.Identifier);
        Assert.Throws<SerializationException>(new Action(() => json.ToBinary(new object())));
        Assert.Throws<SerializationException>(new Action(() => json.FromBinary("{\"$type\":\"System.Uri, System\"}"u8.ToArray(), typeof(object))));
    }

    [Fact]
    public void Messages_should_be_sealed_and_immutable()
    {
        var messages = typeof(Pool).Assembly.GetTypes()
            .Where(type => type.IsClass && (type.IsAssignableTo(typeof(IWireMessage)) || type.IsAssignableTo(typeof(ILocalMessage))));
        Assert.All(messages, message =>
        {
            Assert.True(message.IsSealed, $"{message} is not sealed");
            Assert.All(
                message.GetProperties(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic).Where(property => property.SetMethod is not null),
                property => Assert.Contains(typeof(IsExternalInit), property.SetMethod!.ReturnParameter.GetRequiredCustomModifiers()));
        });
    }

    [Fact]
    public void Join_should_not_print_its_token() =>
        Assert.DoesNotContain("secret", new Gate.Join("n", Guid.Empty, 1, "m", "1", 1, "secret", []).ToString());

    // Payloads compare by what they carry, arrays by their members.
    private static string Text(object message) => JsonSerializer.Serialize(message, message.GetType(), WithPayloads);

    private sealed class PayloadText : System.Text.Json.Serialization.JsonConverter<Payload>
    {
        public override Payload Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => throw new NotSupportedException();

        public override void Write(Utf8JsonWriter writer, Payload value, JsonSerializerOptions options) => writer.WriteStringValue(Convert.ToHexString(value.Bytes.Span));
    }
}
