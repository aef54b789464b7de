namespace Mailroom.Members;

public class MemberBookSpecs
{
    private static readonly DateTimeOffset Now = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);
    private static readonly DateTimeOffset Later = Now.AddMinutes(15);
    private static readonly MemberBook Invited = MemberBook.Empty.Invite(new OpenInvitation("gpu-1", "secret", Later));

    private static IssuedCertificate Certificate(string serial, int days = 90) => new(serial, Now.AddDays(days));

    private static MemberBook Redeemed() => Invited.Redeem(Invited.Find("secret")!, "key", Certificate("1"), Now);

    [Fact]
    public void Certificate_that_was_not_kept_should_be_void_and_be_given_again_to_the_same_key()
    {
        var book = Redeemed().Renew("gpu-1", "1", new IssuedCertificate("2", Now.AddDays(150), "key"));
        Assert.Equal("2", book.SerialOf("gpu-1", "key"));
        var again = book.Renew("gpu-1", "1", new IssuedCertificate("2", Now.AddDays(151), "key"));
        Assert.Equal(["1", "2"], again.MemberOf("gpu-1")!.Certificates.Select(one => one.Serial));
        Assert.Empty(again.Revoked);
        var other = again.Renew("gpu-1", "1", new IssuedCertificate("3", Now.AddDays(151), "another key"));
        Assert.Equal(["1", "3"], other.MemberOf("gpu-1")!.Certificates.Select(one => one.Serial));
        Assert.Equal("2", Assert.Single(other.Revoked).Serial);
    }

    [Fact]
    public void Certificates_that_have_ended_should_not_count_against_the_next()
    {
        var book = Redeemed();
        for (var serial = 2; serial <= 20; serial++)
            book = book.Renew("gpu-1", $"{serial - 1}", Certificate($"{serial}", 85 + serial)).At(Now.AddDays(85 + serial - 1));
        Assert.Null(book.RenewalRefusal("gpu-1", "20", TimeSpan.FromDays(3), Now.AddDays(104)));
    }

    [Fact]
    public void Clock_that_was_far_ahead_should_bring_no_revoked_certificate_back_and_keep_no_invitation_open()
    {
        var book = Redeemed().Revoke("gpu-1")!.At(Now.AddYears(3));
        Assert.Equal("1", Assert.Single(book.Revoked).Serial);
        var ahead = MemberBook.Empty.Invite(new OpenInvitation("gpu-1", "secret", Now.AddDays(30)));
        Assert.Empty(ahead.At(Now).Invitations);
    }

    [Fact]
    public void Invitation_that_was_used_should_be_remembered_for_a_minute_with_the_key_that_used_it()
    {
        var book = Redeemed();
        Assert.Equal("key", book.Find("secret")!.TakenBy);
        Assert.NotNull(book.At(Now.AddSeconds(59)).Find("secret"));
        Assert.Null(book.At(Now.AddSeconds(60)).Find("secret"));
        Assert.Equal(("gpu-1", Now, Now.AddDays(90)), (book.Members[0].Name, book.Members[0].Since, book.Members[0].Until));
    }

    [Fact]
    public void Invitation_should_end() => Assert.Null(Invited.At(Later).Find("secret"));

    [Fact]
    public void Second_invitation_of_a_name_should_make_the_first_void()
    {
        var book = Invited.Invite(new OpenInvitation("gpu-1", "newer", Later));
        Assert.Null(book.Find("secret"));
        Assert.NotNull(book.Find("newer"));
    }

    [Fact]
    public void Name_that_is_invited_anew_should_be_taken_from_who_had_it_once_somebody_comes()
    {
        var book = Redeemed().Invite(new OpenInvitation("gpu-1", "newer", Later));
        Assert.Empty(book.Revoked);
        book = book.Redeem(book.Find("newer")!, "other", Certificate("2"), Now);
        Assert.Equal("1", Assert.Single(book.Revoked).Serial);
        Assert.Equal("2", Assert.Single(Assert.Single(book.Members).Certificates).Serial);
    }

    [Fact]
    public void Member_should_keep_all_its_certificates_so_that_all_can_be_revoked()
    {
        var book = Redeemed();
        for (var serial = 2; serial <= 8; serial++)
            book = book.Renew("gpu-1", null, Certificate($"{serial}", serial));
        Assert.Equal(8, book.Members[0].Certificates.Length);
        Assert.Equal(Now.AddDays(90), book.Members[0].Until); // the last of them, whichever was made last
        Assert.Equal(8, book.Revoke("gpu-1")!.Revoked.Length);
    }

    [Theory]
    [InlineData("1", 60, null)]
    [InlineData("1", 40, "is not to be renewed yet")]
    [InlineData("2", 60, "is no member by what it shows")]
    [InlineData(null, 60, "is no member by what it shows")]
    public void Certificate_should_be_renewed_for_who_shows_one_that_will_end(string? shown, int days, string? expected)
    {
        var reason = Redeemed().RenewalRefusal("gpu-1", shown, TimeSpan.FromDays(90), Now.AddDays(days));
        Assert.Equal(expected is null, reason is null);
        Assert.Contains(expected ?? "", reason ?? "");
        Assert.Contains("is no member", Redeemed().RenewalRefusal("gpu-2", "1", TimeSpan.FromDays(90), Now.AddDays(60)));
    }

    [Fact]
    public void Member_that_keeps_no_certificate_should_not_get_one_after_the_other()
    {
        var book = Redeemed();
        for (var serial = 2; serial <= 8; serial++)
            book = book.Renew("gpu-1", null, Certificate($"{serial}"));
        Assert.Contains("was given 8 certificates already", book.RenewalRefusal("gpu-1", "1", TimeSpan.FromDays(90), Now.AddDays(60)));
    }

    [Fact]
    public void Member_that_asks_with_ever_new_keys_and_shows_the_same_certificate_should_be_given_no_more_than_eight()
    {
        var book = Redeemed();
        for (var serial = 2; serial <= 8; serial++)
        {
            Assert.Null(book.RenewalRefusal("gpu-1", "1", TimeSpan.FromDays(90), Now.AddDays(60)));
            book = book.Renew("gpu-1", "1", new IssuedCertificate($"{serial}", Now.AddDays(90), $"key {serial}"));
        }
        Assert.Contains("was given 8 certificates already", book.RenewalRefusal("gpu-1", "1", TimeSpan.FromDays(90), Now.AddDays(60)));
        Assert.Equal(6, book.Revoked.Length);
        // Those that are void have ended as well in the end.
        book = book.Renew("gpu-1", "1", new IssuedCertificate("9", Now.AddDays(150), "key 9"));
        Assert.Null(book.RenewalRefusal("gpu-1", "9", TimeSpan.FromDays(90), Now.AddDays(120)));
    }

    [Fact]
    public void Certificates_before_the_one_that_is_shown_should_not_count_against_the_next()
    {
        var book = Redeemed();
        for (var serial = 2; serial <= 20; serial++)
            book = book.Renew("gpu-1", $"{serial - 1}", Certificate($"{serial}"));
        Assert.Null(book.RenewalRefusal("gpu-1", "20", TimeSpan.FromDays(90), Now.AddDays(60)));
    }

    [Fact]
    public void Member_of_whom_it_is_not_known_whom_it_believes_should_not_count_as_moved()
    {
        var member = Redeemed().MemberOf("gpu-1")!;
        Assert.False(member.HasMoved("new,old", null));
        Assert.False(Redeemed().Marked("old").MemberOf("gpu-1")!.HasMoved("new,old", null));
        Assert.True(Redeemed().Marked("new,old").MemberOf("gpu-1")!.HasMoved("new,old", "1"));
        Assert.False(Redeemed().Marked("new,old").MemberOf("gpu-1")!.HasMoved("new,old", "another"));
    }

    [Fact]
    public void Labels_of_a_member_should_be_remembered()
    {
        var book = Redeemed().Note("gpu-1", ["gpu", "fast"], "1")!;
        Assert.Equal(["gpu", "fast"], book.MemberOf("gpu-1")!.Labels);
        Assert.Null(book.Note("gpu-1", ["gpu", "fast"], "1"));
        Assert.Null(book.Note("nobody", ["gpu"], "1"));
        Assert.Empty(book.Note("gpu-1", [], "1")!.MemberOf("gpu-1")!.Labels!);
    }

    [Fact]
    public void Newest_of_those_that_are_void_should_be_remembered_whatever_the_clock_says()
    {
        var book = MemberBook.Empty with { Revoked = [.. Enumerable.Range(0, 1_200).Select(serial => Certificate($"{serial}"))] };
        Assert.Equal(1_000, book.At(Now.AddDays(10_000)).Revoked.Length);
        Assert.Equal("1199", book.At(Now.AddDays(10_000)).Revoked[^1].Serial);
    }

    [Fact]
    public void Who_is_revoked_should_lose_invitation_and_every_certificate()
    {
        var book = Redeemed().Renew("gpu-1", null, Certificate("2")).Revoke("gpu-1")!;
        Assert.Equal((0, 0), (book.Members.Length, book.Invitations.Length));
        Assert.Equal(["1", "2"], book.Revoked.Select(certificate => certificate.Serial));
        Assert.Empty(Invited.Revoke("gpu-1")!.Invitations);
        Assert.Null(book.Revoke("gpu-1"));
    }

    [Fact]
    public void Book_should_forget_what_nobody_could_use_any_more()
    {
        // A month later, for clocks are set wrong, and set right again; and those that are void not even then, as long as they are few.
        var few = MemberBook.Empty with
        {
            Revoked = [.. Enumerable.Range(0, 1_000).Select(serial => Certificate($"{serial}"))],
        };
        var many = few with { Revoked = [.. few.Revoked, Certificate("last", 91)] };
        Assert.Equal(1_000, few.At(Now.AddYears(10)).Revoked.Length);
        Assert.Equal(1_001, many.At(Now.AddDays(119)).Revoked.Length);
        Assert.Equal((1_000, "last"), (many.At(Now.AddDays(120)).Revoked.Length, many.At(Now.AddDays(120)).Revoked[^1].Serial));
        Assert.Single(Redeemed().At(Now.AddDays(119)).Members);
        Assert.Empty(Redeemed().At(Now.AddDays(120)).Members);
    }
}
