using System.Reflection;
using Mailroom.Input;

namespace Mailroom.Kinds;

/// <summary>The kinds that a process knows, by name.</summary>
public sealed class Catalogue
{
    private readonly SortedDictionary<string, (IKind Kind, string Version)> _kinds = new(StringComparer.Ordinal);
    private readonly List<string> _assemblies = [];

    public Catalogue(IEnumerable<IKind> kinds)
    {
        foreach (var kind in kinds)
            _kinds.Add(kind.Name, (kind, ""));
    }

    /// <summary>The kinds that come with Mailroom.</summary>
    public static Catalogue BuiltIn { get; } = new(KindAssembly.KindsOf(Assembly.Load(BuiltInKinds.Assembly)));

    public IReadOnlyCollection<IKind> All => [.. _kinds.Values.Select(entry => entry.Kind)];

    /// <summary>The kinds of Mailroom and those of users' own assemblies.</summary>
    /// <exception cref="UserError">an assembly can't be used, or a name is taken</exception>
    public static Catalogue With(IEnumerable<string> assemblies)
    {
        var catalogue = new Catalogue(BuiltIn.All);
        foreach (var assembly in assemblies.Select(KindAssembly.Load))
        {
            catalogue._assemblies.Add(assembly.Path);
            foreach (var kind in assembly.Kinds)
                if (!catalogue._kinds.TryAdd(kind.Name, (kind, assembly.Version)))
                    throw new UserError(
                        $"--kinds {Visible.Text(assembly.Path)}: the name '{kind.Name}' of {kind.GetType().Name} is taken by "
                            + $"{catalogue.Find(kind.Name).GetType().FullName}; give it another Name"
                    );
        }
        return catalogue;
    }

    /// <summary>These kinds, and those of other assemblies whose names are not taken.</summary>
    /// <exception cref="UserError">an assembly can't be used</exception>
    public Catalogue Plus(IEnumerable<string> assemblies)
    {
        var more = new Catalogue([]);
        foreach (var (name, entry) in _kinds)
            more._kinds.Add(name, entry);
        foreach (var assembly in assemblies.Select(KindAssembly.Load))
        foreach (var kind in assembly.Kinds)
            more._kinds.TryAdd(kind.Name, (kind, assembly.Version));
        return more;
    }

    /// <summary>Users' own assemblies, by their full paths.</summary>
    public IReadOnlyList<string> Assemblies => _assemblies;

    public bool Knows(string name) => _kinds.ContainsKey(name);

    /// <summary>Which assembly a kind comes from; empty for those of Mailroom itself.</summary>
    public string VersionOf(string name) => _kinds[name].Version;

    /// <summary>The kinds that come from users' own assemblies, and their versions.</summary>
    public IEnumerable<(string Kind, string Version)> Own =>
        _kinds.Where(entry => entry.Value.Version.Length > 0).Select(entry => (entry.Key, entry.Value.Version));

    /// <summary>A version as people read it.</summary>
    public static string Named(string version) => version.Length == 0 ? "the one of Mailroom itself" : Visible.Text(version);

    /// <summary>Why a job of a kind, sent with this version of it, can't be run here, or null.</summary>
    public string? Lacks(string kind, string version) =>
        !Knows(kind) ? $"this host doesn't know its kind; start it with --kinds and the assembly {version}"
        : VersionOf(kind) is var mine && mine != version ? $"it was sent with another {kind} ({version}) than this host has ({mine})"
        : null;

    /// <exception cref="UserError">there is no such kind</exception>
    public IKind Find(string name) =>
        _kinds.TryGetValue(name, out var entry)
            ? entry.Kind
            : throw new UserError(
                $"there is no kind '{Visible.Text(name)}'; the kinds are {string.Join(", ", _kinds.Keys)}{Nearest.Hint(name, _kinds.Keys)}",
                ExitCode.NotFound
            );
}
