using System.CommandLine;
using System.Globalization;
using Mailroom.Door;
using Mailroom.Host.Console.Prompting;
using Mailroom.Host.Control;
using Mailroom.Input;

namespace Mailroom.Host.Console.Commands;

/// <summary>
/// <c>mailroom nodes invite</c>, <c>invites</c>, <c>revoke</c> and <c>rotate-ca</c>: which nodes of other machines may join.
/// </summary>
internal static class MemberCommands
{
    private static readonly TimeSpan UsualTtl = TimeSpan.FromMinutes(15);

    public static void Add(CommandTree tree, Command nodes)
    {
        var invite = new Command("invite", "Print the line that lets a node of another machine join, once.");
        var options = new Declared<InviteOptions>(invite, "nodes invite");
        tree.Add(nodes, invite, (parsed, session, cancellation) => InviteAsync(session, options.Read(parsed), cancellation));
        tree.Add(
            nodes,
            new Command("invites", "List who is invited, and who is a member."),
            async (_, session, cancellation) => Print(session, await (await session.ConnectAsync(cancellation)).MembersAsync(cancellation))
        );
        var name = new Argument<string>("NAME") { Description = "the node's name", HelpName = "NAME" };
        tree.Offer(name, Known.Nodes);
        tree.Add(
            nodes,
            new Command("revoke", "Take an invitation or a membership away; a node that is there under it goes at once.") { name },
            async (parsed, session, cancellation) =>
                Print(session, await (await session.ConnectAsync(cancellation)).RevokeAsync(parsed.GetValue(name)!, cancellation))
        );
        var finish = new Option<bool>("--finish") { Description = "believe the one before no more; all members must know the new one" };
        tree.Add(
            nodes,
            new Command("rotate-ca", "Change the host's authority for a new one; asked again, say which members know it.") { finish },
            (parsed, session, cancellation) => RotateAsync(session, parsed.GetValue(finish), cancellation)
        );
    }

    private static async Task<ExitCode> RotateAsync(Session session, bool finish, CancellationToken cancellation)
    {
        await NodeCommands.FindHostAsync(session, cancellation);
        var now = await session.Mailroom.RotateAsync(finish, cancellation);
        if (session.Options.Json)
        {
            session.Json(now);
            return ExitCode.Done;
        }
        session.Terminal.Data($"the authority's key has the hash {now.Authority}");
        if (now.Before is not { } before)
        {
            if (now.Left.Length > 0)
                session.Terminal.Notice($"{string.Join(", ", now.Left)} may believe the one before until their next certificate is here");
            return ExitCode.Done;
        }
        session.Terminal.Data($"the one before, {before}, is believed until 'mailroom nodes rotate-ca --finish'");
        if (now.Moved.Length > 0)
            session.Terminal.Data($"know the new one: {string.Join(", ", now.Moved)}");
        if (now.Left.Length > 0)
            session.Terminal.Data($"do not yet: {string.Join(", ", now.Left)}");
        return ExitCode.Done;
    }

    private static async Task<ExitCode> InviteAsync(Session session, InviteOptions options, CancellationToken cancellation)
    {
        await NodeCommands.FindHostAsync(session, cancellation);
        var made = await session.Mailroom.InviteAsync(options.Name, options.Ttl ?? UsualTtl, cancellation);
        if (session.Options.Json)
        {
            session.Json(made);
            return ExitCode.Done;
        }
        session.Terminal.Data($"mailroom-node join {made.Invitation}");
        session.Terminal.Notice($"for one node, {made.Name}, until {Time(made.Until)}; whoever has this line can be it");
        if (
            made.Hosts.All(host =>
                Doors.EndPointOf(host) is System.Net.IPEndPoint { Address: var address } && System.Net.IPAddress.IsLoopback(address)
            )
        )
            session.Terminal.Notice(
                "this host listens on this machine only; one that was started with --set mailroom.remote.address=0.0.0.0 can be reached "
                    + "from others"
            );
        return ExitCode.Done;
    }

    private static ExitCode Print(Session session, IReadOnlyList<MemberDocument> members)
    {
        if (session.Options.Json)
            session.Json(members.ToArray());
        else if (members.Count == 0)
            session.Terminal.Notice("nobody is invited; 'mailroom nodes invite' lets a node of another machine join");
        else
            session.Terminal.Table(
                ["NODE", "STATE", "SINCE", "UNTIL"],
                members.Select(member =>
                    new[] { member.Name, member.State, member.Since is { } since ? Time(since) : "-", Time(member.Until) }
                ),
                stretch: 0
            );
        return ExitCode.Done;
    }

    private static string Time(DateTimeOffset at) => at.ToLocalTime().ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture);
}
