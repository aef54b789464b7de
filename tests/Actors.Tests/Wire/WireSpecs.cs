using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.Serialization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Akka.Actor;
using Mailroom.Batches;
using Mailroom.Inspection;
using Mailroom.Kinds;
using Mailroom.Logs;
using Mailroom.Nodes;
using Mailroom.Pools;

namespace Mailroom.Wire;

public class WireSpecs : ActorSpec
{
    private static readonly JsonSerializerOptions WithPayloads = new() { Converters = { new PayloadText() } };

    private readonly WireSerializer _wire;

    public WireSpecs() => _wire = new WireSerializer((ExtendedActorSystem)Sys);

    private static Piece Bare(int index, int attempt) => new(index, attempt, 0, Payload.None);

    public static TheoryData<object> Messages()
    {
        var bytes = Payload.Of(new byte[] { 1, 2, 3 });
        return
        [
            new Pool.Ask(0, "", "", 0, -9),
            new Keeper.TellLogs([new LogMark("20260102-030405-gpu-1-55.jsonl", 9)]),
            new Keeper.Logs(null, DateTimeOffset.UnixEpoch),
            new Keeper.Logs(new LogPart("20260102-030405-gpu-1-55.jsonl", 5, "a\n"u8.ToArray()), DateTimeOffset.UnixEpoch),
            new Keeper.TakeFiles(3, new string('a', 64), 9, 7),
            new Keeper.WantFile(3, 2, 1L << 40),
            new Keeper.FilePart(3, 2, 1L << 40, "part"u8.ToArray()),
            new Keeper.HaveFiles(3, new string('a', 64)),
            new Keeper.HaveFiles(3, "", "the disk is full"),
            new Keeper.DropFiles(3),
            new Worker.Admitted(),
            new Worker.Acknowledged(9),
            new Worker.Recount(9),
            new Pool.Held(9, [1, 2], [3]),
            new Pool.Leave(),
            new Pool.Report(
                5,
                1,
                9,
                [
                    new Outcome(Bare(3, 1), How.Done, bytes, null, null, 0.25),
                    new Outcome(Bare(4, 2), How.Failed, null, "grüße", "the stack", 1e-9),
                    new Outcome(Bare(5, 1), How.Done, Payload.Of(ReadOnlyMemory<byte>.Empty), null, null, 0),
                ]
            ),
            new Worker.Open(new JobSpec(1, "integrate", "{\"a\":1}", TimeSpan.FromMilliseconds(1500)), null),
            new Worker.Open(new JobSpec(1, "integrate", "{}", null), null),
            new Worker.Open(new JobSpec(1, "own", "{}", null, "My 1.0 (sha256 abc)"), null),
            new Worker.Open(new JobSpec(1, "words", "{}", null, BringsFiles: true), null),
            new Pool.Report(5, 1, 9, [new Outcome(Bare(3, 1), How.Failed, bytes, "later", null, 0.25, TimeSpan.FromSeconds(7), 3)]),
            new Pool.Part(9, 3, 2, bytes),
            new Pool.Decline(1, "no programs here", true),
            new Worker.Close(12),
            new Worker.Lease(long.MaxValue, 1, [new Piece(int.MaxValue, 5, 2, bytes)]),
            new Worker.Lease(7, 1, [new Piece(0, 1, 0, bytes)], TimeSpan.FromMilliseconds(50)),
            new Gate.Join(
                Guid.NewGuid(),
                123,
                "machine",
                "0.1.0",
                4,
                [new Gate.OwnKind("collatz", "MyKinds 1.0.0.0 (sha256 abc)")],
                Labels: ["gpu", "fast"],
                TrustsKinds: true
            ),
            new Gate.Welcome(TimeSpan.FromMilliseconds(500), TimeSpan.FromSeconds(10)),
            new Gate.Welcome(TimeSpan.FromMilliseconds(500), TimeSpan.FromSeconds(10), BringsKinds: true),
            new Gate.Refused("no"),
            new Keeper.Renew(
                new Usage("", 12, 1.5, 1000, 3, 0.25, 2000, 3000),
                [
                    new ActorReport("", "/user/node", "joined", 1, 0.5, 100, 2.5, 3, 0),
                    new ActorReport("", "/user/x", "idle", 0, 0, 0, 0, null, null),
                ],
                TimeSpan.FromMilliseconds(20)
            ),
            new Keeper.Renewed(),
            new Keeper.Left(),
            new Keeper.Stuck("it runs on"),
            new Keeper.Retire(true),
            new Keeper.Retire(false, IsPatient: true),
            new Keeper.Retire(true, Reason: "revoked"),
            new Keeper.Certify([1, 2, 3]),
            new Keeper.Certified("-----BEGIN", "-----END"),
            new Keeper.Recertify(),
            new Keeper.Dismissed("bye"),
        ];
    }

    [Theory]
    [MemberData(nameof(Messages))]
    public void Wire_should_bring_a_message_over_whole(object message)
    {
        var parcel = new Parcel(-7, 3, message);
        var back = Assert.IsType<Parcel>(_wire.FromBinary(_wire.ToBinary(parcel), _wire.Manifest(parcel)));
        Assert.Equal((-7, 3), (back.Session, back.Worker));
        Assert.Equal(Text(message), Text(back.Message));
        Assert.IsType(message.GetType(), back.Message);
    }

    /// <summary>
    /// What earlier versions have written, a line each: manifest, bytes, what it says. Fields are only ever added, so all of it is read for
    /// ever. With MAILROOM_RECORD set the messages of this version are added.
    /// </summary>
    [Fact]
    public void Wire_should_read_what_earlier_versions_have_written()
    {
        var path = Path.Combine(Path.GetDirectoryName(ThisFile())!, "recorded.txt");
        if (Environment.GetEnvironmentVariable("MAILROOM_RECORD") is not null)
            File.AppendAllLines(path, Messages().AsEnumerable<object[]>().Select(row => Recorded(row[0])));
        var lines = File.ReadLines(path).Select(line => line.Split(' ', 3)).ToList();
        Assert.All(
            lines,
            line =>
            {
                var read = Assert.IsType<Parcel>(_wire.FromBinary(Convert.FromHexString(line[1]), line[0]));
                AssertWithin(JsonNode.Parse(line[2])!, JsonNode.Parse(Text(read.Message))!);
            }
        );
        Assert.Equal(
            Messages().AsEnumerable<object[]>().Select(row => _wire.Manifest(new Parcel(0, 0, row[0]))).Distinct().Order(),
            lines.Select(line => line[0]).Distinct().Order()
        );
    }

    // What is said now may say more than it did then.
    private static void AssertWithin(JsonNode recorded, JsonNode read)
    {
        if (recorded is JsonObject pairs)
            Assert.All(pairs.Where(pair => pair.Value is not null), pair => AssertWithin(pair.Value!, read[pair.Key]!));
        else if (recorded is JsonArray items)
        {
            Assert.Equal(items.Count, read.AsArray().Count);
            for (var i = 0; i < items.Count; i++)
                AssertWithin(items[i]!, read[i]!);
        }
        else
            Assert.Equal(recorded.ToJsonString(), read.ToJsonString());
    }

    private string Recorded(object message)
    {
        var parcel = new Parcel(-7, 3, message);
        return $"{_wire.Manifest(parcel)} {Convert.ToHexStringLower(_wire.ToBinary(parcel))} {Text(message)}";
    }

    private static string ThisFile([System.Runtime.CompilerServices.CallerFilePath] string path = "") => path;

    [Fact]
    public void Wire_should_take_nothing_but_parcels() =>
        Assert.All(
            Messages().AsEnumerable<object[]>().Select(row => row[0]).ToList(),
            message => Assert.Throws<SerializationException>(new Action(() => _wire.ToBinary(message)))
        );

    [Fact]
    public void Wire_should_have_a_place_for_every_message_between_worker_and_pool() =>
        Assert.Empty(
            typeof(Pool)
                .Assembly.GetTypes()
                .Where(type =>
                    (type.IsAssignableTo(typeof(Pool.IFromWorker)) || type.IsAssignableTo(typeof(Worker.IFromPool))) && !type.IsInterface
                )
                .Except(WireSerializer.Types)
        );

    [Fact]
    public void Wire_should_refuse_a_message_that_is_not_on_its_list() =>
        Assert.IsType<Parcel.Unreadable>(((Parcel)_wire.FromBinary(new byte[12], "System.Diagnostics.Process, System")).Message);

    [Fact]
    public void Wire_should_refuse_to_send_what_is_not_on_its_list() => Assert.Throws<SerializationException>(() => _wire.ToBinary("text"));

    [Fact]
    public void Wire_should_refuse_outcomes_that_do_not_exist() =>
        Assert.IsType<Parcel.Unreadable>(Read("report", new Form.Report { Lease = 1, Others = { new Form.Outcome { How = 99 } } }));

    [Theory]
    [InlineData(65, 1)]
    [InlineData(1, 65)]
    public void Wire_should_refuse_names_that_are_too_long(int version, int kind) =>
        Assert.IsType<Parcel.Unreadable>(
            Read(
                "join",
                new Form.Join
                {
                    NodeId = Google.Protobuf.ByteString.CopyFrom(new byte[16]),
                    Version = new string('v', version),
                    Kinds = { new Form.OwnKind { Name = new string('k', kind) } },
                }
            )
        );

    [Fact]
    public void Wire_should_cut_what_is_only_shown() =>
        Assert.Equal(2_000, ((Keeper.Stuck)Read("stuck", new Form.Stuck { Reason = new string('x', 900_000) })).Reason.Length);

    [Theory]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    [InlineData(-1)]
    public void Wire_should_take_no_usage_that_can_not_be_true(double seconds) =>
        Assert.Equal(0, ((Keeper.Renew)Read("renew", new Form.Renew { Usage = new Form.Usage { CpuSeconds = seconds } })).Usage.CpuSeconds);

    [Theory]
    [InlineData(0)]
    [InlineData(11)]
    public void Wire_should_refuse_what_is_too_short_for_a_parcel(int length) =>
        Assert.IsType<Parcel.Unreadable>(((Parcel)_wire.FromBinary(new byte[length], "left")).Message);

    [Fact]
    public void Wire_should_make_no_millions_of_objects_of_a_few_bytes()
    {
        byte[] Many(byte tag, int count) => [.. new byte[12], .. Enumerable.Repeat(new byte[] { tag, 0 }, count).SelectMany(pair => pair)];
        foreach (
            var (manifest, bytes) in new[]
            {
                ("report", Many(0x12, 20_000)),
                ("renew", Many(0x0a, 20_000)),
                ("join", Many(0x32, 20_000)),
                ("held", (byte[])[.. new byte[12], 0x1a, 0x81, 0x80, 0x04, .. new byte[65_537]]),
                ("held", Many(0x1a, 20)),
            }
        )
            Assert.IsType<Parcel.Unreadable>(((Parcel)_wire.FromBinary(bytes, manifest)).Message);
        Assert.IsType<Pool.Report>(((Parcel)_wire.FromBinary(Many(0x12, 16_384), "report")).Message);
    }

    [Fact]
    public void Every_serializer_of_Akka_should_refuse_both_ways()
    {
        var config = TestSettings.Default.Config;
        var names = config.GetConfig("akka.actor.serializers").AsEnumerable().Where(pair => pair.Key != "mailroom").ToList();
        Assert.Equal(9, names.Count);
        Assert.All(
            names,
            pair =>
            {
                Assert.StartsWith(typeof(RefusingSerializer).FullName!, pair.Value.GetString());
                var refusing = new RefusingSerializer(
                    (ExtendedActorSystem)Sys,
                    config.GetConfig($"akka.actor.serialization-settings.{pair.Key}")
                );
                Assert.Throws<SerializationException>(() => refusing.ToBinary(new object()));
                Assert.Throws<SerializationException>(() =>
                    refusing.FromBinary("{\"$type\":\"System.Uri, System\"}"u8.ToArray(), "System.Uri, System")
                );
            }
        );
    }

    [Fact]
    public void Messages_should_be_sealed_and_immutable()
    {
        var messages = typeof(Pool)
            .Assembly.GetTypes()
            .Where(type => type.IsClass && (type == typeof(Parcel) || type.IsAssignableTo(typeof(ILocalMessage))));
        Assert.All(
            messages,
            message =>
            {
                Assert.True(message.IsSealed, $"{message} is not sealed");
                Assert.All(
                    message
                        .GetProperties(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic)
                        .Where(property => property.SetMethod is not null),
                    property => Assert.Contains(typeof(IsExternalInit), property.SetMethod!.ReturnParameter.GetRequiredCustomModifiers())
                );
            }
        );
    }

    private object Read(string manifest, Google.Protobuf.IMessage form) =>
        ((Parcel)_wire.FromBinary([.. new byte[12], .. Google.Protobuf.MessageExtensions.ToByteArray(form)], manifest)).Message;

    // Payloads compare by what they carry, arrays by their members.
    private static string Text(object message) => JsonSerializer.Serialize(message, message.GetType(), WithPayloads);

    private sealed class PayloadText : System.Text.Json.Serialization.JsonConverter<Payload>
    {
        public override Payload Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            throw new NotSupportedException();

        public override void Write(Utf8JsonWriter writer, Payload value, JsonSerializerOptions options) =>
            writer.WriteStringValue(Convert.ToHexString(value.Bytes.Span));
    }
}
