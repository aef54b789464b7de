using Mailroom.Input;

namespace Mailroom.Kinds;

/// <summary>The kinds that a process knows, by name.</summary>
public sealed class Catalogue(IEnumerable<IKind> kinds)
{
    private readonly SortedDictionary<string, IKind> _kinds =
        new(kinds.ToDictionary(kind => kind.Name), StringComparer.Ordinal);

    /// <summary>The kinds that come with Mailroom.</summary>
    public static Catalogue BuiltIn { get; } = new([new Integrate(), new Checksum(), new Practice()]);

    public IReadOnlyCollection<IKind> All => _kinds.Values;

    /// <exception cref="UserError">there is no such kind</exception>
    public IKind Find(string name) => _kinds.TryGetValue(name, out var kind)
        ? kind
        : throw new UserError($"there is no kind '{Visible.Text(name)}'; the kinds are {string.Join(", ", _kinds.Keys)}{Nearest.Hint(name, _kinds.Keys)}", ExitCode.NotFound);
}
