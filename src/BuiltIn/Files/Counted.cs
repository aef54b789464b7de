using System.Collections;

namespace Mailroom.BuiltIn.Files;

/// <summary>Things that are made one after the other, and are known to be so many.</summary>
internal sealed class Counted<T>(IEnumerable<T> things, int count) : IReadOnlyCollection<T>
{
    public int Count => count;

    public IEnumerator<T> GetEnumerator() => things.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
