using System.Reflection;
using NetArchTest.Rules;

namespace Mailroom;

/// <summary>Who may know whom, held against what is compiled.</summary>
internal static class Layers
{
    /// <param name="folders">all folders that are held, as the end of a namespace, and which of them each may know</param>
    /// <param name="folder">the one that is held now</param>
    public static void Check(Assembly assembly, TheoryData<string, string[]> folders, string folder, string[] allowed)
    {
        var others = folders
            .Select(row => (string)row[0])
            .Where(other => other != folder && !allowed.Contains(other))
            .Select(other => $"Mailroom.{other}")
            .ToArray();
        var result = Types
            .InAssembly(assembly)
            .That()
            .ResideInNamespaceStartingWith($"Mailroom.{folder}")
            .ShouldNot()
            .HaveDependencyOnAny(others)
            .GetResult();
        Assert.True(result.IsSuccessful, $"{folder} knows too much: {string.Join(", ", result.FailingTypeNames ?? [])}");
    }
}
