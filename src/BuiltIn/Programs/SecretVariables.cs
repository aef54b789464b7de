using System.Collections.Immutable;

namespace Mailroom.BuiltIn.Programs;

/// <summary>Variables of this process's environment that the programs it runs do not inherit.</summary>
public static class SecretVariables
{
    private static ImmutableHashSet<string> _names = [];

    /// <summary>From now on these are not inherited.</summary>
    public static void Hide(IEnumerable<string> names) =>
        ImmutableInterlocked.Update(ref _names, (known, more) => known.Union(more), names);

    /// <summary>What programs inherit.</summary>
    internal static IEnumerable<(string Name, string Value)> Inherited()
    {
        var hidden = _names;
        return Variables.All().Where(variable => !hidden.Contains(variable.Name));
    }
}
