using Akka.Actor;
using Akka.TestKit;
using Mailroom.Door;
using Mailroom.Input;
using Mailroom.Nodes;

namespace Mailroom.Members;

public sealed class MembershipSpecs : ActorSpec
{
    private readonly string _folder = Directory.CreateTempSubdirectory("mailroom-members").FullName;
    private readonly HostAuthority _authority;
    private readonly Revocations _revoked = new();
    private readonly TestServer _server = new();
    private readonly TestTime _time;
    private readonly IActorRef _members;

    public MembershipSpecs()
    {
        _time = new TestTime(Clock);
        _authority = new HostAuthority(_folder, TimeProvider.System);
        _members = Start();
    }

    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        Directory.Delete(_folder, recursive: true);
    }

    private IActorRef Start(bool stays = true)
    {
        var book = Membership.Open(_folder, _revoked);
        var members = Sys.ActorOf(Membership.Props(new(_authority, _revoked, _server, book, TimeSpan.FromDays(90)), _time));
        if (stays)
            members.Tell(new Membership.Serve());
        return members;
    }

    private Membership.Invited Invite(string? name, double minutes = 15)
    {
        _members.Tell(new Membership.Invite(name, TimeSpan.FromMinutes(minutes)), TestActor);
        return ExpectMsg<Membership.Invited>();
    }

    private static Membership.Redeem Redeem(Membership.Invited invited) => new(invited.Invitation.Secret, [.. Identity.Ask().Request]);

    private T Answer<T>(object question)
    {
        _members.Tell(question, TestActor);
        return ExpectMsg<T>();
    }

    private Membership.Listed Listed() => Answer<Membership.Listed>(new Membership.List());

    [Fact]
    public void Invitation_should_name_where_the_server_listens_and_the_authority()
    {
        var invited = Invite("gpu-1");
        Assert.Equal(["here:1"], invited.Invitation.Hosts);
        Assert.Equal(_authority.Value.KeyHash, invited.Invitation.Authority);
        Assert.Equal("gpu-1", Assert.Single(Listed().Invitations).Name);
    }

    [Fact]
    public void Labels_of_a_member_should_be_known_to_the_next_host()
    {
        Answer<Membership.Granted>(Redeem(Invite("gpu-1")));
        _members.Tell(new Membership.Joined("gpu-1", ["gpu"], null));
        Settle(_members);
        var next = Start();
        next.Tell(new Membership.List(), TestActor);
        Assert.Equal(["gpu"], Assert.Single(ExpectMsg<Membership.Listed>().Members).Labels!);
        var another = Start(stays: false);
        another.Tell(new Membership.List(), TestActor);
        Assert.False(ExpectMsg<Membership.Listed>().IsFound); // by members: it ends with its command
    }

    [Fact]
    public void Who_is_invited_should_get_a_certificate_of_that_name()
    {
        var (key, request) = Identity.Ask();
        var granted = Answer<Membership.Granted>(new Membership.Redeem(Invite("gpu-1").Invitation.Secret, [.. request]));
        Assert.Equal("gpu-1", Identity.Of(granted.Certificate, granted.Authority, key).Name);
        Assert.Empty(Listed().Invitations);
        Assert.Equal("gpu-1", Assert.Single(Listed().Members).Name);
    }

    [Fact]
    public void Of_two_who_race_for_each_of_a_hundred_invitations_one_should_get_it()
    {
        var all = Enumerable.Range(0, 100).Select(_ => Invite(null)).ToList();
        Assert.Equal(100, all.Select(invited => invited.Name).Distinct().Count());
        Parallel.ForEach(all.Concat(all), invited => _members.Tell(Redeem(invited), TestActor));
        var answers = ReceiveN(200, TimeSpan.FromMinutes(1));
        Assert.Equal(100, answers.OfType<Membership.Granted>().Select(granted => granted.Name).Distinct().Count());
        Assert.Equal(100, answers.OfType<Membership.Granted>().Count());
        Assert.All(answers.OfType<Membership.Refused>(), refused => Assert.Contains("used already", refused.Reason));
        Assert.Equal(100, Listed().Members.Length);
    }

    [Fact]
    public void Answer_that_got_lost_should_be_given_again_to_the_same_key()
    {
        var redeem = Redeem(Invite("gpu-1"));
        Answer<Membership.Granted>(redeem);
        Answer<Membership.Granted>(redeem);
        Clock.Advance(TimeSpan.FromSeconds(61));
        Answer<Membership.Refused>(redeem);
    }

    [Fact]
    public void Server_should_listen_while_somebody_is_invited_and_not_longer()
    {
        Settle(_members);
        Assert.False(_server.IsOpen);
        var (first, second) = (Invite("gpu-1"), Invite("gpu-2", 60));
        Assert.True(_server.IsOpen);
        Answer<Membership.Granted>(Redeem(first));
        Clock.Advance(TimeSpan.FromMinutes(30));
        Settle(_members);
        Assert.True(_server.IsOpen);
        Clock.Advance(TimeSpan.FromMinutes(31));
        AwaitAssert(() => Assert.False(_server.IsOpen));
        Assert.Contains("has ended", Answer<Membership.Refused>(Redeem(second)).Reason);
        Invite("gpu-3");
        Assert.True(_server.IsOpen);
    }

    [Fact]
    public void Invitations_should_outlive_the_host()
    {
        var invited = Invite("gpu-1");
        Sys.Stop(_members);
        _server.IsOpen = false;
        var next = Start();
        AwaitAssert(() => Assert.True(_server.IsOpen));
        next.Tell(Redeem(invited), TestActor);
        ExpectMsg<Membership.Granted>();
    }

    [Fact]
    public void Host_that_does_not_stay_should_invite_nobody_and_let_nobody_come()
    {
        Invite("gpu-1");
        Sys.Stop(_members);
        _server.IsOpen = false;
        var next = Start(stays: false);
        next.Tell(new Membership.Invite("gpu-2", TimeSpan.FromMinutes(1)), TestActor);
        Assert.Contains("this host ends with its command", ExpectMsg<Membership.Refused>().Reason);
        Settle(next);
        Assert.False(_server.IsOpen);
    }

    [Fact]
    public void Server_that_could_not_be_opened_for_those_who_are_invited_should_be_opened_later()
    {
        Invite("gpu-1", 60);
        Sys.Stop(_members);
        (_server.IsOpen, _server.Trouble) = (false, "the port is taken");
        var next = Start();
        Settle(next);
        AwaitAssert(() => Assert.Equal(1, _server.Failures));
        Settle(next);
        _server.Trouble = null;
        Clock.Advance(TimeSpan.FromSeconds(30));
        AwaitAssert(() => Assert.True(_server.IsOpen));
    }

    [Fact]
    public void Who_invites_should_be_told_why_nobody_can_come()
    {
        _server.Trouble = "port 4054 is taken";
        Assert.Contains("port 4054 is taken", Answer<Membership.Refused>(new Membership.Invite("gpu-1", TimeSpan.FromMinutes(1))).Reason);
        _server.Trouble = null;
        Invite("gpu-1");
    }

    [Theory]
    [InlineData("../x", 60, "a node can't be called '../x'")]
    [InlineData("node-7", 60, "node-7 is a name of the host's own nodes")]
    [InlineData("gpu-1", 0, "an invitation lasts 1s to 7d")]
    [InlineData("gpu-1", 1e6, "an invitation lasts 1s to 7d")]
    public void What_can_not_be_invited_should_be_refused(string name, double seconds, string expected) =>
        Assert.Contains(expected, Answer<Membership.Refused>(new Membership.Invite(name, TimeSpan.FromSeconds(seconds))).Reason);

    [Fact]
    public void Request_that_is_none_should_not_use_the_invitation_up()
    {
        var invited = Invite("gpu-1");
        Assert.Contains("can't be read", Answer<Membership.Refused>(new Membership.Redeem(invited.Invitation.Secret, [1, 2, 3])).Reason);
        Answer<Membership.Granted>(Redeem(invited));
    }

    [Fact]
    public void Revoked_member_should_be_known_to_the_door_to_the_gate_and_to_the_next_host()
    {
        Answer<Membership.Granted>(Redeem(Invite("gpu-1")));
        var serial = Listed().Members[0].Certificates[0].Serial;
        var gate = CreateTestProbe();
        Sys.EventStream.Subscribe(gate.Ref, typeof(Membership.Revoked));
        Answer<Membership.Revoked>(new Membership.Revoke("gpu-1"));
        Assert.Equal("gpu-1", gate.ExpectMsg<Membership.Revoked>().Name);
        Assert.True(_revoked.Contains(serial));
        var next = new Revocations();
        Membership.Open(_folder, next);
        Assert.True(next.Contains(serial));
        Assert.Contains("no member", Answer<Membership.Refused>(new Membership.Renew("gpu-1", serial, [.. Identity.Ask().Request])).Reason);
        Assert.Empty(Answer<Membership.Unknown>(new Membership.Revoke("gpu-1")).Names);
    }

    [Fact]
    public void Member_should_get_its_next_certificate_in_time()
    {
        Answer<Membership.Granted>(Redeem(Invite("gpu-1")));
        var serial = Listed().Members[0].Certificates[0].Serial;
        var renew = new Membership.Renew("gpu-1", serial, [.. Identity.Ask().Request]);
        Assert.Contains("not to be renewed yet", Answer<Membership.Refused>(renew).Reason);
        Clock.Advance(TimeSpan.FromDays(60));
        Assert.Equal("gpu-1", Answer<Membership.Granted>(renew).Name);
        Assert.Equal(2, Listed().Members[0].Certificates.Length);
    }

    [Fact]
    public void Name_that_is_invited_anew_should_be_taken_from_who_had_it_at_the_door_and_at_the_gate()
    {
        Answer<Membership.Granted>(Redeem(Invite("gpu-1")));
        var serial = Listed().Members[0].Certificates[0].Serial;
        var gate = CreateTestProbe();
        Sys.EventStream.Subscribe(gate.Ref, typeof(Membership.Revoked));
        Answer<Membership.Granted>(Redeem(Invite("gpu-1")));
        Assert.Equal("gpu-1", gate.FishForMessage<Membership.Revoked>(_ => true).Name);
        Assert.True(_revoked.Contains(serial));
        Assert.False(_revoked.Contains(Listed().Members[0].Certificates[0].Serial));
        Clock.Advance(TimeSpan.FromDays(60));
        Assert.Contains(
            "is no member by what it shows",
            Answer<Membership.Refused>(new Membership.Renew("gpu-1", serial, [.. Identity.Ask().Request])).Reason
        );
    }

    [Fact]
    public void Authority_should_be_changed_when_all_members_know_the_new_one()
    {
        Assert.Contains("nothing to finish", Answer<Membership.Refused>(new Membership.Rotate(Finish: true)).Reason);
        var open = Invite("gpu-2");
        Answer<Membership.Granted>(Redeem(Invite("gpu-1")));
        var (first, serial) = (_authority.Value.KeyHash, Listed().Members[0].Certificates[0].Serial);
        var gate = CreateTestProbe();
        Sys.EventStream.Subscribe(gate.Ref, typeof(Membership.Outdated));

        var begun = Answer<Membership.Rotating>(new Membership.Rotate(Finish: false));
        gate.ExpectMsg<Membership.Outdated>();
        Assert.Equal((_authority.Value.KeyHash, first), (begun.Authority, begun.Before));
        Assert.NotEqual(first, begun.Authority);
        Assert.Equal("gpu-1", Assert.Single(begun.Left));
        Assert.Contains("used already", Answer<Membership.Refused>(Redeem(open)).Reason); // it named the one before
        Assert.Equal(begun.Authority, Answer<Membership.Rotating>(new Membership.Rotate(Finish: false)).Authority); // not once more
        var refused = Answer<Membership.Refused>(new Membership.Rotate(Finish: true)).Reason;
        Assert.StartsWith("gpu-1 does not know the new authority yet", refused);
        Answer<Membership.Outdated>(new Membership.Joined("gpu-1", [], serial)); // when it comes

        // Long before it would be time for it; and whoever was given one may not have kept it.
        var (key, request) = Identity.Ask();
        var granted = Answer<Membership.Granted>(new Membership.Renew("gpu-1", serial, [.. request]));
        Assert.Equal(begun.Authority, Identity.Of(granted.Certificate, granted.Authority, key).AuthorityHash);
        Answer<Membership.Refused>(new Membership.Rotate(Finish: true));
        var next = Listed().Members[0].Certificates[^1].Serial;
        _members.Tell(new Membership.Joined("gpu-1", [], next), TestActor);
        Assert.Equal("gpu-1", Assert.Single(Answer<Membership.Rotating>(new Membership.Rotate(Finish: false)).Moved));

        var ended = Answer<Membership.Rotating>(new Membership.Rotate(Finish: true));
        Assert.Equal((begun.Authority, null), (ended.Authority, ended.Before));
        gate.ExpectMsg<Membership.Outdated>();
        Assert.False(File.Exists(Path.Combine(_folder, "authority-before.pem")));
        Answer<Membership.Outdated>(new Membership.Joined("gpu-1", [], next)); // it believes the one before still
        var last = Identity.Ask();
        var alone = Answer<Membership.Granted>(new Membership.Renew("gpu-1", next, [.. last.Request])).Authority;
        Assert.Equal(_authority.Value.ToPem(), alone);
        Assert.Equal(1, alone.Split("BEGIN").Length - 1);
    }

    [Fact]
    public void Authority_that_is_made_anew_should_have_none_before_it()
    {
        _ = _authority.Value;
        Answer<Membership.Rotating>(new Membership.Rotate(Finish: false));
        File.Delete(Path.Combine(_folder, "authority.pem"));
        Assert.Null(Authority.Of(_folder, DateTimeOffset.UtcNow).BeforeHash);
        Assert.Null(Authority.Open(_folder).BeforeHash);
    }

    [Fact]
    public void Host_that_ends_with_its_command_should_not_change_its_authority()
    {
        var passing = Start(stays: false);
        passing.Tell(new Membership.Rotate(Finish: false), TestActor);
        Assert.Contains("ends with its command", ExpectMsg<Membership.Refused>().Reason);
        Assert.False(File.Exists(Path.Combine(_folder, "authority-before.pem")));
    }

    [Fact]
    public void Stranger_should_be_refused_before_what_he_has_sent_is_looked_at() =>
        Assert.Contains("used already", Answer<Membership.Refused>(new Membership.Redeem("nothing", [1, 2, 3])).Reason);

    [Fact]
    public void Invitation_that_is_revoked_should_send_away_nobody_who_has_its_name_by_other_ways()
    {
        Invite("mine");
        var gate = CreateTestProbe();
        Sys.EventStream.Subscribe(gate.Ref, typeof(Membership.Revoked));
        Answer<Membership.Revoked>(new Membership.Revoke("mine"));
        gate.ExpectNoMsg(TimeSpan.Zero);
    }

    [Fact]
    public void Book_that_can_not_be_read_should_be_refused_and_left_as_it_is()
    {
        var path = Path.Combine(_folder, "members.json");
        StateFolder.WritePrivate(path, "{\"invitations\":[],");
        Assert.Contains("can't be used", Assert.Throws<UserError>(() => Membership.Open(_folder, new Revocations())).Message);
        Assert.Equal("{\"invitations\":[],", File.ReadAllText(path));
        StateFolder.WritePrivate(path, "{\"invitations\":[],\"members\":[],\"revoked\":[]}");
        Membership.Open(_folder, new Revocations());
        if (OperatingSystem.IsWindows())
            return;
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.OtherRead);
        Assert.Contains("open to others", Assert.Throws<UserError>(() => Membership.Open(_folder, new Revocations())).Message);
    }

    private sealed class TestServer : IJoinServer
    {
        public volatile bool IsOpen;

        public string? Trouble { get; set; }

        public int Failures { get; private set; }

        public Task<IReadOnlyList<string>> OpenAsync(IActorRef members)
        {
            if (Trouble is { } trouble && ++Failures > 0)
                return Task.FromException<IReadOnlyList<string>>(new UserError(trouble));
            IsOpen = true;
            return Task.FromResult<IReadOnlyList<string>>(["here:1"]);
        }

        public Task CloseAsync()
        {
            IsOpen = false;
            return Task.CompletedTask;
        }
    }
}
