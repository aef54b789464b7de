using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using Mailroom.Door;

namespace Mailroom.EndToEnd;

public class MemberSpecs : EndToEndSpec
{
    private string Far => Path.Combine(Folder, "far");

    private (MailroomProcess Host, string Address) StartInviting(params string[] arguments) =>
        StartHost(["--nodes", "1", "--set", "mailroom.remote.join-port=0", .. arguments]);

    /// <summary>The invitation, as a user would copy it from the line that is printed.</summary>
    private async Task<string> InviteAsync(string name)
    {
        var run = await Mailroom("nodes", "invite", "--name", name);
        Assert.Equal(0, run.ExitCode);
        Assert.StartsWith("mailroom-node join mr1.", run.Out);
        Assert.Contains($"for one node, {name}, until ", run.Error);
        return run.Out.Split(' ')[2];
    }

    private async Task<Run> JoinAsync(string invitation)
    {
        await using var join = MailroomProcess.StartNode("join", invitation, "--state", Far);
        return await join.EndAsync();
    }

    private async Task<MailroomProcess> StartMemberAsync(string name, params string[] arguments)
    {
        var joined = await JoinAsync(await InviteAsync(name));
        Assert.Equal(
            (0, true),
            (joined.ExitCode, joined.Error.StartsWith($"{name} is a member of the host at ", StringComparison.Ordinal))
        );
        var node = MailroomProcess.StartNode(["--state", Far, .. arguments]);
        node.ErrorLine($"{name} joined ");
        return node;
    }

    [Fact]
    public async Task Node_should_join_by_an_invitation_and_ever_after_without_one()
    {
        var (host, address) = StartInviting();
        await using var _host = host;
        var node = await StartMemberAsync("gpu-1");
        var run = await Mailroom("send", "practice", "--count", "300", "--work", "2ms", "--by", "processes", "--json");
        Assert.Equal(("completed", 2), ((string)run.Json["state"]!, (int)run.Json["workers"]!));
        var member = Assert.Single((await Mailroom("nodes", "invites", "--json")).Json.AsArray())!;
        Assert.Equal(("gpu-1", "member"), ((string)member["name"]!, (string)member["state"]!));
        MailroomProcess.Signal(node.Pid, "TERM");
        Assert.Equal("gpu-1 left", (await node.EndAsync()).Error);
        await node.DisposeAsync();
        Assert.False(File.Exists(Path.Combine(Far, "authority.pem"))); // it can sign nobody
        if (!OperatingSystem.IsWindows())
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.Combine(Far, "membership.json")));
        // Where a dotnet tool has brought only the one program; a signal finds it as if it were the other.
        await using var again = MailroomProcess.Start("node", "--state", Far);
        again.ErrorLine("gpu-1 joined " + address);
        MailroomProcess.Signal(again.Pid, "TERM");
        var end = await again.EndAsync();
        Assert.Equal((0, "gpu-1 left"), (end.ExitCode, end.Error));
    }

    [Fact]
    public async Task Job_should_run_where_it_is_wished_or_be_refused()
    {
        var (host, _) = StartInviting();
        await using var _host = host;
        await using var node = await StartMemberAsync("big-1", "--set", "mailroom.nodes.labels=gpu,fast");
        foreach (var wish in new[] { "gpu", "big-*" })
        {
            var run = await Mailroom("send", "practice", "--count", "30", "--trace", Trace, "--nodes", wish, "--json");
            Assert.Equal(("completed", "processes", 1), ((string)run.Json["state"]!, (string)run.Json["by"]!, (int)run.Json["workers"]!));
        }
        Assert.EndsWith($"-{node.Pid}", Assert.Single(Directory.GetFiles(Trace)));
        Assert.Contains("gpu,fast", (await Mailroom("nodes")).Out);
        Assert.Contains("session begins: workers 1", (await Mailroom("logs", "--node", "big-1")).Out); // its own, from its own folder
        var refused = await Mailroom("send", "practice", "--nodes", "tpu");
        Assert.Equal(
            (5, "there is no node with the name or label 'tpu'; there are node-1, big-1 (gpu, fast)"),
            (refused.ExitCode, refused.Error)
        );
        var other = await Mailroom("send", "practice", "--nodes", "gpu", "--by", "threads");
        Assert.Equal(
            (2, "nodes run jobs by processes, but this one is to be run by threads; leave out one of the two"),
            (other.ExitCode, other.Error)
        );
        Assert.Equal(2, (await Mailroom("send", "practice", "--nodes", "a b")).ExitCode);
    }

    [Fact]
    public async Task Invitation_should_be_used_once_and_be_read_from_stdin()
    {
        var (host, _) = StartInviting();
        await using var _host = host;
        var invitation = await InviteAsync("gpu-1");
        await using var join = MailroomProcess.StartNode("join", "-", "--state", Far);
        await join.AskAsync(invitation);
        Assert.Equal(0, (await join.EndAsync()).ExitCode);
        var second = await JoinAsync(invitation);
        Assert.Equal(5, second.ExitCode);
        Assert.Contains("the host refused: the invitation was used already, has ended, or was revoked", second.Error);
        Assert.Single((await Mailroom("logs", "--search", "member.joined")).Out.Split('\n'));
    }

    [Fact]
    public async Task Revoked_node_should_go_at_once_and_its_pieces_run_elsewhere()
    {
        var (host, _) = StartInviting();
        await using var _host = host;
        var node = await StartMemberAsync("gpu-1");
        await Mailroom("send", "practice", "--count", "400", "--work", "10ms", "--by", "processes", "--trace", Trace, "--no-wait");
        await Until(jobs => (int)jobs[0]!["pieces"]!["done"]! > 20, "jobs");
        Assert.Equal(0, (await Mailroom("nodes", "revoke", "gpu-1")).ExitCode);
        var ended = await node.EndAsync();
        Assert.Equal((5, "gpu-1 was sent away: its certificate was revoked"), (ended.ExitCode, ended.Error));
        await node.DisposeAsync();
        var run = await Mailroom("jobs", "wait", "1", "--json");
        Assert.Equal(("completed", 400), ((string)run.Json["state"]!, (int)run.Json["answer"]!["ran"]!));
        await using var again = MailroomProcess.StartNode("--state", Far);
        Assert.Contains("the host did not let this node in", again.ErrorLine("gpu-1 waits: who listens at "));
        Assert.Contains("revoked (gpu-1)", (await Mailroom("logs", "--search", "door.refused")).Out);
        Assert.Equal(3, (await Mailroom("nodes", "revoke", "gpu-1")).ExitCode);
    }

    [Fact]
    public async Task Name_that_is_invited_anew_should_be_the_new_nodes_and_the_old_one_go()
    {
        var (host, _) = StartInviting();
        await using var _host = host;
        await using var old = await StartMemberAsync("gpu-1");
        var invitation = await InviteAsync("gpu-1");
        await using var join = MailroomProcess.StartNode("join", invitation, "--state", Far + "2");
        Assert.Equal(0, (await join.EndAsync()).ExitCode);
        Assert.Equal("gpu-1 was sent away: its certificate was revoked", (await old.EndAsync()).Error);
        await using var next = MailroomProcess.StartNode("--state", Far + "2");
        next.ErrorLine("gpu-1 joined ");
        var run = await Mailroom("send", "practice", "--count", "20", "--by", "processes", "--json");
        Assert.Equal("completed", (string)run.Json["state"]!);
    }

    [Fact]
    public async Task Certificate_should_be_renewed_while_its_node_works_and_no_piece_be_lost()
    {
        if (OperatingSystem.IsWindows())
            Directory.CreateDirectory(State);
        else
            Directory.CreateDirectory(State, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        Authority.Of(State, DateTimeOffset.UtcNow.AddDays(-100)).Dispose(); // it can have signed 89 days ago
        var (first, _) = StartInviting();
        await using (first)
        {
            await using var node = await StartMemberAsync("gpu-1");
            MailroomProcess.Signal(node.Pid, "TERM");
            await node.EndAsync();
        }
        var path = Path.Combine(Far, "membership.json");
        Age(path);
        var old = await File.ReadAllTextAsync(path);
        var (host, address) = StartInviting();
        await using var _host = host;
        await Mailroom("send", "practice", "--count", "500", "--work", "10ms", "--by", "processes", "--trace", Trace, "--no-wait");
        await using var again = MailroomProcess.StartNode("--state", Far, "--host", address); // its port is another now
        await UntilLoggedAsync("member.renewed");
        await UntilLoggedAsync("node.back");
        var run = await Mailroom("jobs", "wait", "1", "--json");
        Assert.Equal(("completed", 500), ((string)run.Json["state"]!, (int)run.Json["answer"]!["ran"]!));
        Assert.NotEqual(old, await File.ReadAllTextAsync(path));
        Assert.DoesNotContain("node.lost", (await Mailroom("logs", "-n", "100000")).Out.Split("member.renewed")[1]);
    }

    [Fact]
    public async Task Authority_should_be_changed_while_its_nodes_work_and_no_piece_be_lost()
    {
        var (host, _) = StartInviting();
        await using (host)
        {
            await using var node = await StartMemberAsync("gpu-1");
            var first = (await Mailroom("doctor")).Out;
            await Mailroom("send", "practice", "--count", "500", "--work", "10ms", "--by", "processes", "--trace", Trace, "--no-wait");
            var begun = await Mailroom("nodes", "rotate-ca", "--json");
            Assert.Contains((string)begun.Json["before"]!, first);
            await Until(now => now["moved"] is JsonArray { Count: 1 }, "nodes rotate-ca");
            Assert.Contains("the one before is believed until", (await Mailroom("doctor")).Out);
            var ended = await Mailroom("nodes", "rotate-ca", "--finish");
            Assert.Equal((0, $"the authority's key has the hash {begun.Json["authority"]}"), (ended.ExitCode, ended.Out));
            var again = await Mailroom("nodes", "rotate-ca", "--finish");
            Assert.Equal(5, again.ExitCode);
            Assert.Contains("there is nothing to finish", again.Error);
            var run = await Mailroom("jobs", "wait", "1", "--json");
            Assert.Equal(("completed", 500), ((string)run.Json["state"]!, (int)run.Json["answer"]!["ran"]!));
            Assert.DoesNotContain("node.lost", (await Mailroom("logs", "-n", "100000")).Out);
            // And once more, to forget the one before.
            await UntilAsync(() => File.ReadAllText(Path.Combine(Far, "membership.json")).Split("BEGIN").Length == 4);
            MailroomProcess.Signal(node.Pid, "TERM");
            await node.EndAsync();
        }
        var (next, address) = StartInviting();
        await using var _next = next;
        await using var back = MailroomProcess.StartNode("--state", Far, "--host", address); // its port is another now
        back.ErrorLine("gpu-1 joined ");
    }

    private static async Task UntilAsync(Func<bool> isSo)
    {
        for (var begun = DateTime.UtcNow; !isSo(); await Task.Delay(25))
            if (DateTime.UtcNow - begun > TimeSpan.FromMinutes(2))
                throw new TimeoutException("it never was so");
    }

    // As if the node had joined 89 days ago.
    private void Age(string path)
    {
        var json = JsonNode.Parse(File.ReadAllText(path))!;
        using var authority = Authority.Open(State);
        var (key, request) = Identity.Ask();
        var then = DateTimeOffset.UtcNow.AddDays(-89);
        using var certificate = authority.Certify(request, "gpu-1", then, TimeSpan.FromDays(90));
        var book = Path.Combine(State, "members.json");
        var members = JsonNode.Parse(File.ReadAllText(book))!;
        members["members"]![0]!["certificates"]![0]!["serial"] = certificate.SerialNumber;
        members["members"]![0]!["certificates"]![0]!["until"] = new DateTimeOffset(certificate.NotAfter);
        File.WriteAllText(book, members.ToJsonString());
        json["identity"] = Identity.Of(certificate.ExportCertificatePem(), authority.ToPem(), key).ToPem();
        File.WriteAllText(path, json.ToJsonString());
    }

    private async Task UntilLoggedAsync(string name)
    {
        for (var tries = 0; tries < 300; tries++)
            if ((await Mailroom("logs", "-n", "100000", "--search", name)).Out.Contains(name, StringComparison.Ordinal))
                return;
        throw new TimeoutException($"'{name}' was not logged: {(await Mailroom("logs", "-n", "30")).Out}");
    }

    [Fact]
    public async Task Far_node_should_say_what_is_wrong_and_tell_nobody_else_its_secret()
    {
        var (host, _) = StartInviting();
        await using var _host = host;
        var invitation = Invitation.Read(await InviteAsync("gpu-1"));
        var stranger = Authority.Of(Directory.CreateDirectory(Path.Combine(Folder, "stranger")).FullName, DateTimeOffset.UtcNow);
        var (wrongHash, nobody) = (invitation with { Authority = stranger.KeyHash }, invitation with { Hosts = [NobodysPlace()] });
        (string Given, int Exit, string Said)[] all =
        [
            ("hello", 2, "that is no invitation"),
            (invitation.ToString()[..^3], 2, "is not whole"),
            ($"{wrongHash}", 4, "it is not the host of this invitation: its authority has another key"),
            ($"{nobody}", 4, "nobody lets this node in"),
            ($"{invitation with { Secret = Invitation.NewSecret() }}", 5, "the host refused"),
        ];
        foreach (var (given, exit, said) in all)
        {
            var run = await JoinAsync(given);
            Assert.Equal((exit, given), (run.ExitCode, given));
            Assert.Contains(said, run.Error);
            Assert.Single(run.Error.Split('\n'));
        }
        Assert.Equal(0, (await JoinAsync($"{invitation}")).ExitCode); // none of that has used it up
        var named = MailroomProcess.StartNode("--state", Far, "--name", "other");
        Assert.Contains("this node was invited as gpu-1", (await named.EndAsync()).Error);
        await named.DisposeAsync();
        var none = MailroomProcess.StartNode("--state", Path.Combine(Folder, "none"));
        Assert.Contains("holds no membership: join with", (await none.EndAsync()).Error);
        await none.DisposeAsync();
    }

    [Fact]
    public async Task Doctors_should_find_nothing_where_all_is_well_and_say_what_is_wrong_on_either_side()
    {
        Assert.Equal(0, (await Mailroom("doctor")).ExitCode); // nothing is there yet
        var (host, address) = StartInviting();
        await using var _host = host;
        Assert.Equal(0, (await JoinAsync(await InviteAsync("gpu-1"))).ExitCode);
        var run = await Mailroom("doctor");
        Assert.Equal(5, run.ExitCode);
        Assert.Contains($"ok     port: a node is let in at {address}", run.Out);
        Assert.Contains("ok     members: gpu-1 may join until ", run.Out);
        Assert.Contains("WRONG  members: 1 node invited, but the host listens on this machine only", run.Out);
        Assert.Contains($"ok     host: lets this node in at {address}", (await NodeDoctorAsync(0)).Out);
        await Mailroom("nodes", "revoke", "gpu-1");
        Assert.Contains($"WRONG  host: at {address}: the host did not let this node in", (await NodeDoctorAsync(5)).Out);
        MailroomProcess.Signal(host.Pid, "TERM");
        await host.EndAsync();
        Assert.Contains($"WRONG  host: at {address}: Connection refused", (await NodeDoctorAsync(5)).Out);
        if (OperatingSystem.IsWindows())
            return;
        File.SetUnixFileMode(Path.Combine(State, "members.json"), UnixFileMode.UserRead | UnixFileMode.OtherRead);
        var open = await Mailroom("doctor", "--json");
        Assert.Contains(
            open.Json.AsArray(),
            one => !(bool)one!["isWell"]! && ((string)one["says"]!).Contains("members.json is open to others")
        );
    }

    private async Task<Run> NodeDoctorAsync(int exit)
    {
        await using var doctor = MailroomProcess.StartNode("doctor", "--state", Far);
        var run = await doctor.EndAsync();
        Assert.Equal((exit, ""), (run.ExitCode, run.Error));
        return run;
    }

    private static string NobodysPlace()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return $"127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}";
    }
}
