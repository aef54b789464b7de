namespace Mailroom.Members;

public class MemberBookSpecs
{
    private static readonly DateTimeOffset Now = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);
    private static readonly DateTimeOffset Later = Now.AddMinutes(15);
    private static readonly MemberBook Invited = MemberBook.Empty.Invite(new OpenInvitation("gpu-1", "secret", Later));

    private static IssuedCertificate Certificate(string serial, int days = 90) => new(serial, Now.AddDays(days));

    private static MemberBook Redeemed() => Invited.Redeem(Invited.Find("secret", "key")!, "key", Certificate("1"), Now);

    [Fact]
    public void Invitation_should_be_used_once_and_again_only_by_the_key_that_used_it_and_not_for_long()
    {
        var book = Redeemed();
        Assert.Null(book.Find("secret", "other"));
        Assert.NotNull(book.Find("secret", "key"));
        Assert.Null(book.At(Now.AddSeconds(10)).Find("secret", "key"));
        Assert.Equal(("gpu-1", Now, Now.AddDays(90)), (book.Members[0].Name, book.Members[0].Since, book.Members[0].Until));
    }

    [Fact]
    public void Invitation_should_end() => Assert.Null(Invited.At(Later).Find("secret", "key"));

    [Fact]
    public void Second_invitation_of_a_name_should_make_the_first_void()
    {
        var book = Invited.Invite(new OpenInvitation("gpu-1", "newer", Later));
        Assert.Null(book.Find("secret", "key"));
        Assert.NotNull(book.Find("newer", "key"));
    }

    [Fact]
    public void Name_that_is_invited_anew_should_be_taken_from_who_had_it_once_somebody_comes()
    {
        var book = Redeemed().Invite(new OpenInvitation("gpu-1", "newer", Later));
        Assert.Empty(book.Revoked);
        book = book.Redeem(book.Find("newer", "other")!, "other", Certificate("2"), Now);
        Assert.Equal("1", Assert.Single(book.Revoked).Serial);
        Assert.Equal("2", Assert.Single(Assert.Single(book.Members).Certificates).Serial);
    }

    [Fact]
    public void Member_should_keep_its_last_certificates_until_it_has_shown_the_next()
    {
        var book = Redeemed().Renew("gpu-1", Certificate("2"))!.Renew("gpu-1", Certificate("3"))!.Renew("gpu-1", Certificate("4", 180))!;
        Assert.Equal(["2", "3", "4"], book.Members[0].Certificates.Select(certificate => certificate.Serial));
        Assert.Equal(Now.AddDays(180), book.Members[0].Until);
        Assert.Null(book.Renew("gpu-2", Certificate("5")));
    }

    [Fact]
    public void Who_is_revoked_should_lose_invitation_and_every_certificate()
    {
        var book = Redeemed().Renew("gpu-1", Certificate("2"))!.Revoke("gpu-1")!;
        Assert.Equal((0, 0), (book.Members.Length, book.Invitations.Length));
        Assert.Equal(["1", "2"], book.Revoked.Select(certificate => certificate.Serial));
        Assert.Empty(Invited.Revoke("gpu-1")!.Invitations);
        Assert.Null(book.Revoke("gpu-1"));
    }

    [Fact]
    public void Book_should_forget_what_nobody_could_use_any_more()
    {
        var book = Redeemed().Revoke("gpu-1")!;
        Assert.Single(book.At(Now.AddDays(89)).Revoked);
        Assert.Empty(book.At(Now.AddDays(90)).Revoked);
        Assert.Empty(Redeemed().At(Now.AddDays(90)).Members);
    }
}
