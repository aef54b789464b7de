using Akka.Actor;
using Mailroom.Attacker;

namespace Mailroom.Door;

/// <summary>
/// What a frame must be to come through, in the form in which Akka.Remote of this version writes it (tests/Attacker holds the same against
/// the real one).
/// </summary>
public class GuardSpecs
{
    private const string Node = "akka.tls://node@node-1:7";
    private const string Self = Node + "/user/node";

    private static Guard Host(bool isAssociated = true, string? peer = "node-1")
    {
        var guard = new Guard(Role.Host, Doors.Host, peer);
        if (isAssociated)
            Assert.Equal(Pass.Yes, guard.Judge(Pdu.Associate("node-1", 7)));
        return guard;
    }

    private static byte[] Tell(
        string recipient,
        string sender = Self,
        int serializer = Pdu.OurSerializer,
        ulong sequence = Pdu.Unnumbered,
        string manifest = "left"
    ) => Pdu.Tell(recipient, sender, Pdu.Parcel(0, 0, []), manifest, serializer, sequence);

    [Theory]
    [InlineData(Pdu.Gate, true)]
    [InlineData(Pdu.Gate + "#12345", true)]
    [InlineData(Pdu.Gate + "/node-1", true)]
    [InlineData(Pdu.Gate + "/node-1#-12", false)]
    [InlineData(Pdu.Gate + "/node-1#", false)]
    [InlineData(Pdu.Gate + "/node-1/worker-1", false)]
    [InlineData(Pdu.Gate + "/node-11", false)]
    [InlineData(Pdu.Gate + "/node-2", false)]
    [InlineData(Pdu.Gate + "/", false)]
    [InlineData(Pdu.Gate + "x", false)]
    [InlineData(Pdu.Host + "/user/mailroom/jobs", false)]
    [InlineData("akka.tls://mailroom@host:2/user/mailroom/nodes", false)]
    [InlineData("/user/mailroom/nodes", false)]
    [InlineData("", false)]
    public void Node_should_speak_to_the_gate_and_its_own_keeper_only(string recipient, bool passes) =>
        Assert.Equal(passes ? Pass.Yes : Pass.No, Host().Judge(Tell(recipient)));

    [Theory]
    [InlineData(Self, true)]
    [InlineData(Self + "#99", true)]
    [InlineData(Node + "/user/node/worker-1", false)]
    [InlineData("akka.tls://node@node-1:8/user/node", false)]
    [InlineData("akka.tls://node@node-2:7/user/node", false)]
    [InlineData("", false)]
    public void Node_should_speak_as_itself_only(string sender, bool passes) =>
        Assert.Equal(passes ? Pass.Yes : Pass.No, Host().Judge(Tell(Pdu.Gate, sender)));

    [Fact]
    public void Only_our_own_unnumbered_messages_should_pass()
    {
        Assert.All(
            new[] { 0, 1, 2, 3, 4, 6, 16, 17, 22, 7_000, 7_002, -1 },
            serializer => Assert.Equal(Pass.No, Host().Judge(Tell(Pdu.Gate, serializer: serializer)))
        );
        Assert.All(
            new[] { 0UL, 1UL, ulong.MaxValue - 1 },
            sequence => Assert.Equal(Pass.No, Host().Judge(Tell(Pdu.Gate, sequence: sequence)))
        );
        Assert.Equal(Pass.No, Host().Judge(Tell(Pdu.Gate, manifest: new string('x', 33))));
        Assert.Equal(Pass.No, Host().Judge(Tell(Pdu.Gate, manifest: "")));
    }

    [Fact]
    public void Address_should_be_the_one_of_the_certificate()
    {
        Assert.All(
            new[]
            {
                Pdu.Associate("node-2"),
                Pdu.Associate("node-1", 0),
                Pdu.Associate("node-1", 70_000),
                Pdu.Associate("node-1", system: "mailroom"),
                Pdu.Associate("node-1", protocol: "tcp"),
                Pdu.Associate("node-1", protocol: "akka.tls"),
                Pdu.Control(1),
            },
            frame => Assert.Equal(Pass.Never, Host(isAssociated: false).Judge(frame))
        );
        Assert.Equal(Pass.Never, Host().Judge(Pdu.Associate("node-1", 7))); // once
        Assert.Equal(Pass.Never, Host(isAssociated: false).Judge(Tell(Pdu.Gate))); // and first of all
    }

    [Fact]
    public void Without_TLS_the_first_association_should_say_the_name_and_bind_it()
    {
        var guard = Host(isAssociated: false, peer: null);
        Assert.Equal(Pass.Never, guard.Judge(Pdu.Associate("../x", 7)));
        Assert.Equal(Pass.Yes, guard.Judge(Pdu.Associate("node-1", 7)));
        Assert.Equal("node-1", guard.Peer);
    }

    [Fact]
    public void Goodbyes_and_heartbeats_should_pass_and_no_word_of_quarantine_to_a_host()
    {
        Assert.All(new ulong[] { 2, 3, 4 }, command => Assert.Equal(Pass.Yes, Host().Judge(Pdu.Control(command))));
        Assert.All(new ulong[] { 0, 1, 5, 6, 99 }, command => Assert.Equal(Pass.Never, Host().Judge(Pdu.Control(command))));
    }

    [Fact]
    public void Heartbeats_should_come_through_now_and_then_however_many_there_are()
    {
        var guard = Host();
        Assert.Equal(Pass.Yes, guard.Judge(Pdu.Control(3)));
        Assert.Contains(Enumerable.Range(0, 1000).Select(_ => guard.Judge(Pdu.Control(3))), pass => pass == Pass.Quietly);
    }

    [Theory]
    [InlineData(ulong.MaxValue, true)]
    [InlineData(0UL, false)]
    [InlineData(7UL, false)]
    public void Acknowledgement_should_pass_where_it_acknowledges_nothing(ulong cumulative, bool passes)
    {
        var expected = passes ? Pass.Yes : Pass.No;
        var acknowledgement = Pdu.Message((1, Pdu.Fixed(cumulative)));
        var whole = Tell(Pdu.Gate);
        var container = (byte[])Pdu.Fields(whole)[1];
        Assert.Equal(expected, Host().Judge(Pdu.Message((1, Pdu.Message((1, acknowledgement))))));
        Assert.Equal(expected, Host().Judge(Pdu.Message((1, (byte[])[.. Pdu.Message((1, acknowledgement)), .. container]))));
        Assert.Equal(
            Pass.No,
            Host().Judge(Pdu.Message((1, Pdu.Message((1, Pdu.Message((1, Pdu.Fixed(ulong.MaxValue)), (2, Pdu.Fixed(1))))))))
        );
    }

    [Fact]
    public void Numbers_should_be_written_as_Akka_reads_them()
    {
        // A sequence number as a varint would be another field to Akka, which would then take the message for a numbered one.
        var envelope = Pdu.Message(
            (1, Pdu.Message((1, Pdu.Text(Pdu.Gate)))),
            (2, Pdu.Message((1, Pdu.Parcel(0, 0, [])), (2, (ulong)Pdu.OurSerializer), (3, Pdu.Text("left")))),
            (4, Pdu.Message((1, Pdu.Text(Self)))),
            (5, ulong.MaxValue)
        );
        Assert.Equal(Pass.Never, Host().Judge(Pdu.Message((1, Pdu.Message((2, envelope))))));
    }

    [Fact]
    public void Host_should_be_heard_by_a_node_under_its_own_address_and_from_its_gate_only()
    {
        var guard = new Guard(Role.Node, new Address("akka.tls", "node", "node-1", 7), "host");
        Assert.Equal(Pass.Never, guard.Judge(Pdu.Associate("127.0.0.1", 1, "mailroom")));
        Assert.Equal(Pass.Yes, guard.Judge(Pdu.Associate("host", 1, "mailroom")));
        Assert.Equal(Pass.Yes, guard.Judge(Tell(Self, Pdu.Gate + "/node-1#3")));
        Assert.Equal(Pass.Yes, guard.Judge(Tell(Self + "#8", Pdu.Gate)));
        Assert.Equal(Pass.No, guard.Judge(Tell(Node + "/user/node/worker-1", Pdu.Gate)));
        Assert.Equal(Pass.No, guard.Judge(Tell(Self, Pdu.Host + "/user/mailroom/jobs")));
        Assert.Equal(Pass.Yes, guard.Judge(Pdu.Control(5)));
    }

    /// <summary>
    /// Whatever bytes come, the guard answers and throws nothing; and what it lets through is what it would let through again.
    /// </summary>
    [Fact]
    public void Guard_should_answer_for_any_bytes()
    {
        var random = new Random(4711);
        var whole = Tell(Pdu.Gate);
        for (var time = 0; time < 100_000; time++)
        {
            var frame = (byte[])whole.Clone();
            for (var change = random.Next(1, 4); change > 0; change--)
                frame[random.Next(frame.Length)] = (byte)random.Next(256);
            var cut = frame.AsSpan(0, random.Next(4) == 0 ? random.Next(frame.Length) : frame.Length);
            Assert.True(Enum.IsDefined(Host().Judge(cut)));
        }
    }
}
