using Akka.Actor;
using Akka.Configuration;
using Akka.Dispatch.SysMsg;
using Akka.Remote.Serialization;

namespace Mailroom.Attacker;

/// <summary>Who holds a node's certificate meets one door, and can do nothing in another's name.</summary>
public class NodeSpecs(Target target) : IClassFixture<Target>
{
    private const string Address = "akka.tls://node@evil:4711";
    private const string Self = Address + "/user/node";

    /// <summary>Every kind of place that there is in a host (docs/architecture.md), and some that there are not.</summary>
    private static readonly string[] Paths =
    [
        "",
        "/",
        "/user",
        "/user/mailroom",
        "/user/mailroom/jobs",
        "/user/mailroom/jobs/job-1",
        "/user/mailroom/threads",
        "/user/mailroom/threads/worker-1",
        "/user/mailroom/threads/worker-1/thread-1",
        "/user/mailroom/async",
        "/user/mailroom/async/worker-1",
        "/user/mailroom/async/worker-1/loop-1",
        "/user/mailroom/processes",
        "/user/mailroom/journal",
        "/user/mailroom/nodes",
        "/user/mailroom/nodes/evil",
        "/user/mailroom/nodes/node-1",
        "/user/mailroom/nodes/node-1/worker-1",
        "/user/mailroom/nodes/evil/worker-1",
        "/user/mailroom/nodes/../threads/worker-1",
        "/user/mailroom/nodes#1/../jobs",
        "/user/mailroom/nodes/evil#x",
        "/system",
        "/system/endpointManager",
        "/system/remote-watcher",
        "/system/log1-FileLogger",
        "/temp",
        "/temp/$a",
        "/temp/a",
        "/remote",
        "/deadLetters",
        "/user/node",
        "/user/node/worker-1",
    ];

    /// <summary>Every message of the wire's list, well formed and as harmful as it can be made.</summary>
    private (string Manifest, byte[] Body)[] Messages() =>
        [
            ("ask", Pdu.Message((1, 1UL))),
            ("report", Pdu.Message((1, 1UL), (2, Pdu.Message((1, 0UL), (2, 1UL), (4, Pdu.Text("\"x\"")), (5, 1UL))), (3, 1UL), (4, 1UL))),
            ("part", Pdu.Message((1, 1UL), (3, new byte[1000]))),
            ("held", Pdu.Message((1, 1UL))),
            ("decline", Pdu.Message((1, 1UL), (2, Pdu.Text("no")))),
            ("leave", []),
            ("admitted", []),
            ("acknowledged", Pdu.Message((1, 1UL))),
            ("recount", Pdu.Message((1, 1UL))),
            (
                "open",
                Pdu.Message(
                    (1, 77UL),
                    (2, Pdu.Text("command")),
                    (3, Pdu.Text($"{{\"program\":[\"touch\",\"{target.Loot}\"],\"inputs\":\"/etc/hostname\",\"directory\":\"/\"}}"))
                )
            ),
            (
                "lease",
                Pdu.Message((1, 1UL), (2, 77UL), (3, Pdu.Message((1, 0UL), (2, 1UL), (4, Pdu.Text("{\"number\":1,\"text\":\"x\"}")))))
            ),
            ("close", Pdu.Message((1, 1UL))),
            ("join", Pdu.Message((1, new byte[16]), (2, 1UL), (3, Pdu.Text("m")), (4, Pdu.Text("0.0")), (5, 1UL))),
            ("welcome", Pdu.Message((1, 1UL), (2, 1UL))),
            ("refused", Pdu.Message((1, Pdu.Text("go away")))),
            ("renew", []),
            ("renewed", []),
            ("recertify", []),
            ("left", []),
            ("stuck", Pdu.Message((1, Pdu.Text("stuck")))),
            ("retire", Pdu.Message((1, 1UL))),
            ("dismissed", Pdu.Message((1, Pdu.Text("you are dismissed")))),
        ];

    [Fact]
    public async Task Node_should_reach_no_actor_but_its_gate_by_any_message_of_the_wire()
    {
        await using var node = await Intruder.AsNodeAsync(target.Address, target.Forger, "evil");
        foreach (var path in Paths)
        foreach (var (manifest, body) in Messages())
        foreach (var session in new long[] { 0, 1 })
            await node.SendAsync(Pdu.Tell(Pdu.Host + path, Self, Pdu.Parcel(session, 1, body), manifest));
        await AssertAliveAsync(node);
        Assert.Equal(0, node.Seen());
        await target.AssertUndisturbedAsync();
    }

    [Fact]
    public async Task Node_should_reach_nobody_by_what_Akka_itself_would_send()
    {
        using var system = ActorSystem.Create(
            "evil",
            ConfigurationFactory.ParseString(
                """
                akka { loglevel = OFF, stdout-loglevel = OFF, log-serializer-override-on-start = off }
                akka.actor.serialization-identifiers {
                  "Akka.Remote.Serialization.MiscMessageSerializer, Akka.Remote" = 16
                  "Akka.Remote.Serialization.SystemMessageSerializer, Akka.Remote" = 22
                  "Akka.Remote.Serialization.MessageContainerSerializer, Akka.Remote" = 6
                }
                """
            )
        );
        var extended = (ExtendedActorSystem)system;
        var (misc, control, containers) = (
            new MiscMessageSerializer(extended),
            new SystemMessageSerializer(extended),
            new MessageContainerSerializer(extended)
        );
        var self = system.DeadLetters;
        var messages = new List<(int Serializer, string Manifest, byte[] Body)>();
        foreach (var message in new object[] { Kill.Instance, PoisonPill.Instance, new Identify("x"), new ActorIdentity("x", self) })
            messages.Add((misc.Identifier, misc.Manifest(message), misc.ToBinary(message)));
        foreach (
            var message in new ISystemMessage[]
            {
                new Suspend(),
                new Resume(null),
                new Recreate(null),
                new Terminate(),
                new Watch((IInternalActorRef)self, (IInternalActorRef)self),
                new DeathWatchNotification(self, true, true),
                new Failed(self, new InvalidOperationException("x"), 1),
            }
        )
            messages.Add((control.Identifier, message.GetType().AssemblyQualifiedName!, Written(() => control.ToBinary(message))));
        messages.Add(
            (
                containers.Identifier,
                "",
                Written(() =>
                    containers.ToBinary(
                        new ActorSelectionMessage(Kill.Instance, [new SelectChildName("user"), new SelectChildName("mailroom")])
                    )
                )
            )
        );
        messages.Add(
            (
                1,
                "System.Diagnostics.Process, System.Diagnostics.Process",
                "{\"$type\":\"System.Diagnostics.Process, System.Diagnostics.Process\"}"u8.ToArray()
            )
        );
        messages.Add((3, "", [0x0a, 0x00])); // remote deployment
        messages.AddRange(
            new[] { -1, 0, 2, 4, 5, 6, 16, 17, 22, 7_000, 7_002, int.MaxValue, int.MinValue }.Select(serializer =>
                (serializer, "leave", Pdu.Parcel(0, 0, []))
            )
        );
        await using var node = await Intruder.AsNodeAsync(target.Address, target.Forger, "evil");
        foreach (var path in Paths)
        foreach (var (serializer, manifest, body) in messages)
        foreach (var sequence in new[] { Pdu.Unnumbered, 0UL, 1UL })
            await node.SendAsync(Pdu.Tell(Pdu.Host + path, Self, body, manifest, serializer, sequence));
        await AssertAliveAsync(node);
        Assert.Equal(0, node.Seen());
        await target.AssertUndisturbedAsync();

        // What Akka can't write without a remote system is as good as any bytes: they are not read.
        static byte[] Written(Func<byte[]> write)
        {
            try
            {
                return write();
            }
            catch (Exception error)
                when (error
                        is NullReferenceException
                            or InvalidCastException
                            or System.Runtime.Serialization.SerializationException
                            or ArgumentException
                )
            {
                return [1, 2, 3];
            }
        }
    }

    [Fact]
    public async Task Node_should_not_be_heard_in_anothers_name_or_make_the_host_call_anybody()
    {
        var bait = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        bait.Start();
        var port = ((System.Net.IPEndPoint)bait.LocalEndpoint).Port;
        await using var node = await Intruder.AsNodeAsync(target.Address, target.Forger, "evil");
        string[] senders =
        [
            "akka.tls://node@node-1:4711/user/node",
            $"akka.tls://node@127.0.0.1:{port}/user/node",
            $"akka.tcp://node@127.0.0.1:{port}/user/node",
            "akka.tls://node@evil:4712/user/node",
            "akka.tls://node@evil:4711/user/other",
            "akka.tls://node@evil:4711/user/node/x",
            "akka.tls://node@evil:4711/user/nodes",
            "akka.tls://mailroom@host:1/user/mailroom/nodes",
            "/user/node",
            "",
            new string('x', 60_000),
        ];
        foreach (var sender in senders)
            await node.SendAsync(Pdu.Tell(Pdu.Gate, sender, Pdu.Parcel(0, 0, Join("0.0")), "join"));
        await AssertAliveAsync(node);
        Assert.Equal(0, node.Seen());
        Assert.False(bait.Pending());
        bait.Stop();
        await target.AssertUndisturbedAsync();
    }

    public static TheoryData<string, byte[]> Associations() =>
        new()
        {
            { "another's name", Pdu.Associate("node-1") },
            { "the host's address", Pdu.Associate("host", 1, "mailroom") },
            { "an address on the network", Pdu.Associate("127.0.0.1", 22) },
            { "another system", Pdu.Associate("evil", system: "mailroom") },
            { "another transport", Pdu.Associate("evil", protocol: "tcp") },
            { "a port of 0", Pdu.Associate("evil", 0) },
            { "a name in capitals", Pdu.Associate("EVIL") },
            { "a long name", Pdu.Associate(new string('x', 60_000)) },
            { "no handshake", Pdu.Control(1) },
            { "a message before it", Pdu.Tell(Pdu.Gate, Self, Pdu.Parcel(0, 0, []), "join") },
            { "an unknown command", Pdu.Control(99) },
            { "the word that the host is quarantined", Pdu.Control(5) },
            { "nothing", [0x0a, 0x00] },
            { "no protobuf", [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff] },
            { "both kinds of content", [.. Pdu.Control(3), .. Pdu.Control(3)] },
            { "a length beyond the end", [0x12, 0x7f, 0x08, 0x03] },
        };

    [Theory]
    [MemberData(nameof(Associations))]
    public async Task Node_should_be_cut_off_when_it_associates_as_none_of_ours_would(string what, byte[] frame)
    {
        await using var node = await Intruder.EnterAsync(target.Address, target.Forger.Node());
        await node.TryAsync(frame);
        Assert.True(await node.EndAsync() == 0, what);
        await target.AssertUndisturbedAsync();
    }

    [Theory]
    [InlineData(new byte[] { 0x7f, 0xff, 0xff, 0xff })]
    [InlineData(new byte[] { 0xff, 0xff, 0xff, 0xff })]
    [InlineData(new byte[] { 0x00, 0x00, 0x00, 0x00 })]
    [InlineData(new byte[] { 0x00, 0x40, 0x00, 0x00 })]
    public async Task Node_that_has_not_joined_should_be_cut_off_when_it_sends_large_frames(byte[] length)
    {
        await using var node = await Intruder.AsNodeAsync(target.Address, target.Forger, "evil");
        await node.SendRawAsync(length);
        Assert.Equal(0, await node.EndAsync());
        await target.AssertUndisturbedAsync();
    }

    [Fact]
    public async Task Host_should_hold_only_a_few_connections_under_one_name()
    {
        var nodes = new List<Intruder>();
        for (var count = 0; count < 50; count++)
        {
            nodes.Add(await Intruder.EnterAsync(target.Address, target.Forger.Node()));
            await nodes[^1].TryAsync(Pdu.Associate("evil", 5000 + count));
        }
        var ends = nodes.Select(node => node.EndAsync()).ToList(); // in whatever order the host has come to them
        for (var ended = 0; ended < 50 - 8; ended++)
        {
            var end = await Task.WhenAny(ends);
            Assert.True(await end == 0, $"the {ended + 1}th");
            ends.Remove(end);
        }
        await target.AssertUndisturbedAsync();
        foreach (var node in nodes)
            await node.DisposeAsync();
    }

    [Fact]
    public async Task Node_that_floods_its_host_should_be_read_no_faster_than_it_is_handled()
    {
        await using var node = await Intruder.AsNodeAsync(target.Address, target.Forger, "evil");
        var join = Pdu.Tell(Pdu.Gate, Self, Pdu.Parcel(0, 0, Join(new string('v', 60))), "join");
        byte[] beat = Pdu.Control(3);
        byte[] both = [0, 0, (byte)(join.Length >> 8), (byte)join.Length, .. join, 0, 0, 0, (byte)beat.Length, .. beat];
        var block = Enumerable.Repeat(both, 1000).SelectMany(bytes => bytes).ToArray();
        for (var time = 0; time < 100; time++)
        {
            await node.SendRawAsync(block);
            node.Seen();
        }
        await AssertAliveAsync(node);
        await target.AssertUndisturbedAsync();
    }

    [Fact]
    public async Task Host_should_log_little_of_a_node_that_is_refused_again_and_again()
    {
        await using var node = await Intruder.AsNodeAsync(target.Address, target.Forger, "evil");
        for (var time = 0; time < 5_000; time++)
            await node.SendAsync(Pdu.Tell(Pdu.Gate, Self, Pdu.Parcel(0, 0, Join(new string('v', 60))), "join"));
        for (var answers = 0; answers < 5_000; answers++)
            Assert.NotNull(await node.MessageAsync());
        await target.AssertUndisturbedAsync();
    }

    /// <summary>What was sent before has been judged once the host answers this; the connection has survived it.</summary>
    private static async Task AssertAliveAsync(Intruder node)
    {
        await node.SendAsync(Pdu.Tell(Pdu.Gate, Self, Pdu.Parcel(0, 0, Join("the last")), "join"));
        for (byte[]? answer; ; )
        {
            answer = await node.MessageAsync();
            Assert.NotNull(answer);
            var text = System.Text.Encoding.UTF8.GetString(answer);
            Assert.Contains("refused", text); // and nothing else is ever answered
            if (text.Contains("the last", StringComparison.Ordinal))
                return;
        }
    }

    private static byte[] Join(string version) =>
        Pdu.Message((1, new byte[16]), (2, 1UL), (3, Pdu.Text("m")), (4, Pdu.Text(version)), (5, 1UL));
}
