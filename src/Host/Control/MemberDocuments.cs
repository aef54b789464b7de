namespace Mailroom.Host.Control;

/// <summary>An invitation, as <c>nodes invite</c> makes it: the only time that it is told.</summary>
/// <param name="Name">what the node will be called</param>
/// <param name="Invitation">what <c>mailroom-node join</c> takes</param>
/// <param name="Hosts">where the host takes it, each HOST:PORT</param>
internal sealed record InvitationDocument(string Name, DateTimeOffset Until, string Invitation, string[] Hosts);

/// <summary>How far nodes have come from one authority to the next, as <c>nodes rotate-ca</c> tells it.</summary>
/// <param name="Authority">the hash of the key of the one that is</param>
/// <param name="Before">of the one before, while that is believed too</param>
/// <param name="Moved">the members that know the one that is</param>
/// <param name="Left">those that do not yet</param>
internal sealed record RotationDocument(string Authority, string? Before, string[] Moved, string[] Left);

/// <summary>Somebody who is invited, or a member, as <c>nodes invites</c> lists them.</summary>
/// <param name="State"><c>invited</c> or <c>member</c></param>
/// <param name="Until">when the invitation ends, or the certificate, if the node does not come before</param>
/// <param name="Since">when a member has joined</param>
internal sealed record MemberDocument(string Name, string State, DateTimeOffset Until, DateTimeOffset? Since = null);
