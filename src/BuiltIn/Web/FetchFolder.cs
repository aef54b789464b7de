using System.Text;
using System.Text.Json;
using Mailroom.BuiltIn.Files;
using Mailroom.Files;
using Mailroom.Kinds;

namespace Mailroom.BuiltIn.Web;

/// <summary>
/// A folder of fetched files. Beside them, in a folder of its own, a note for each says from which address it came: so an
/// address finds its file again wherever it stands in a list, and a download that broke off goes on where it stood.
/// </summary>
internal sealed class FetchFolder
{
    private const string Notes = ".mailroom-fetch";

    // Longer addresses are told apart by their beginning.
    private const int MaxNote = 16 * 1024;

    private readonly FileNames _names = new();
    private readonly string _folder;
    private readonly Dictionary<string, Queue<string>> _known = new(StringComparer.Ordinal);

    /// <param name="folder">may be empty or not there yet: then nothing is known</param>
    public FetchFolder(string folder)
    {
        _folder = folder;
        foreach (var name in folder.Length > 0 && Disk.IsFolder(Path.Combine(folder, Notes)) ? Disk.Names(Path.Combine(folder, Notes)) : [])
        {
            if (name.StartsWith('.') || OriginOf(folder, name) is not { } address)
                continue;
            if (!_known.TryGetValue(address, out var names))
                _known[address] = names = new Queue<string>();
            names.Enqueue(name);
            _names.Take(name);
        }
    }

    /// <summary>
    /// What the file of an address is called: as it is called already, or after the address, where no other address has that name.
    /// </summary>
    public string NameOf(string url) =>
        _known.TryGetValue(Noted(url), out var names) && names.TryDequeue(out var name) ? name : _names.Of(new Uri(url));

    /// <summary>An address as it stands in a note.</summary>
    public static string Noted(string url) => url.Length > MaxNote ? url[..MaxNote] : url;

    /// <summary>The address that a file was fetched from, or null where nobody fetched it.</summary>
    public static string? OriginOf(string folder, string name) => Read(folder, name) is { } note ? Noted(note) : null;

    /// <summary>Makes the folder and that of the notes.</summary>
    public static void Make(string folder) => Disk.MakeFolders(Path.Combine(folder, Notes));

    public static void Note(string folder, string name, string url) => Write(folder, name, url);

    /// <summary>What is known of a download that broke off, or null.</summary>
    public static Part? PartOf(string folder, string name)
    {
        try
        {
            return Read(folder, PartNote(name)) is { } note ? JsonSerializer.Deserialize<Part>(note, Codec.JsonOptions) : null;
        }
        catch (JsonException)
        {
            return null; // it broke off while it was noted: then it begins anew
        }
    }

    public static void NotePart(string folder, string name, Part part) =>
        Write(folder, PartNote(name), JsonSerializer.Serialize(part, Codec.JsonOptions));

    public static void ForgetPart(string folder, string name) => Disk.Delete(Path.Combine(folder, Notes, PartNote(name)));

    private static string PartNote(string name) => $".{name}.part";

    private static string? Read(string folder, string name)
    {
        try
        {
            using var note = new StreamReader(new FileStream(SafeFile.Open(folder, Path.Combine(Notes, name)), FileAccess.Read));
            var text = new char[2 * MaxNote];
            return new string(text, 0, note.ReadBlock(text));
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }

    private static void Write(string folder, string name, string text)
    {
        using var note = FileModes.ForUser(() => SafeFile.Create(folder, Path.Combine(Notes, name)));
        RandomAccess.Write(note, Encoding.UTF8.GetBytes(text), 0);
    }

    /// <summary>A download that broke off.</summary>
    /// <param name="Url">where it came from</param>
    /// <param name="Version">what the server calls this version of it: its entity tag, or when it was last modified</param>
    /// <param name="Length">how many bytes it has in all, or null</param>
    public sealed record Part(string Url, string Version, long? Length);
}
