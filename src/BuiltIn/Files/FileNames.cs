using System.Text;

namespace Mailroom.BuiltIn.Files;

/// <summary>Safe file names for addresses, each given out once: what comes from outside can't leave the folder or hide in it.</summary>
internal sealed class FileNames
{
    private const int MaxBytes = 200;

    // Each with the number that the next one of its name gets.
    private readonly Dictionary<string, int> _given = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>A name that is given out already.</summary>
    public void Take(string name) => _given.TryAdd(name, 2);

    /// <summary>
    /// The last part of the address's path, with whatever is not a letter, digit, '.', '-' or '_' as '_'; a second one of that name gets a
    /// number.
    /// </summary>
    public string Of(Uri url)
    {
        var last = Uri.UnescapeDataString(url.AbsolutePath.TrimEnd('/').Split('/')[^1]);
        var name = Safe(last.Length == 0 ? url.Host : last);
        var (stem, extension) = (Path.GetFileNameWithoutExtension(name), Path.GetExtension(name));
        var given = name;
        while (!_given.TryAdd(given, 2))
            given = $"{stem}-{_given[name]++}{extension}";
        return given;
    }

    private static string Safe(string text)
    {
        var name = new StringBuilder();
        foreach (var rune in text.EnumerateRunes())
            name.Append(Rune.IsLetterOrDigit(rune) || rune.Value is '-' or '_' or '.' ? rune.ToString() : "_");
        while (Encoding.UTF8.GetByteCount(name.ToString()) > MaxBytes)
            name.Remove(name.Length / 2, 1);
        // A leading dot would hide the file, and '..' is a way out.
        return name[0] == '.' ? "_" + name.ToString(1, name.Length - 1) : name.ToString();
    }
}
