using System.IO.Enumeration;
using Mailroom.Client;
using Mailroom.Kinds;

namespace Mailroom.Pools;

/// <summary>Where pieces of a job may run.</summary>
/// <param name="Nodes">names or labels of nodes, <c>*</c> for any characters and <c>?</c> for any one; empty: any node</param>
/// <param name="IsHere">only on the host's own machine, because they use files there</param>
public sealed record Placement(IReadOnlyList<string> Nodes, bool IsHere)
{
    /// <summary>What a job wishes, and what its files let it.</summary>
    public static Placement Of(JobRequest request, IWork work) =>
        new(
            request.Nodes ?? [],
            work.Files == FileUse.Writes || (work.Files == FileUse.Reads && request.Nodes is null && request.Send is null)
        );

    public bool Allows(Site site) => (!IsHere || site.IsHere) && (Nodes.Count == 0 || Nodes.Any(site.IsCalled));

    /// <summary>What it needs, as the end of a sentence.</summary>
    public string Text =>
        (Nodes.Count == 0 ? "a node" : $"a node with the name or label {string.Join(" or ", Nodes.Select(node => $"'{node}'"))}")
        + (IsHere ? " on this machine, whose files it uses" : "");
}

/// <summary>A worker's process, as a job may wish for it.</summary>
/// <param name="IsHere">it is on the host's own machine</param>
public sealed record Site(string Node, IReadOnlyList<string> Labels, bool IsHere)
{
    public bool IsCalled(string pattern) => Matches(pattern, Node) || Labels.Any(label => Matches(pattern, label));

    private static bool Matches(string pattern, string name) => FileSystemName.MatchesSimpleExpression(pattern, name, ignoreCase: false);
}
