using System.Text.Json;
using System.Text.Json.Nodes;

namespace Mailroom.Kinds;

/// <summary>The files of a user's assembly, for a machine that has none of them.</summary>
internal static class KindFiles
{
    /// <summary>
    /// Their paths below the assembly's folder: what its own list of dependencies (.deps.json) names and is there, or, without such a list,
    /// the assemblies beside it.
    /// </summary>
    /// <exception cref="IOException">the list or the folder can't be read</exception>
    public static IReadOnlyList<string> Of(string assembly)
    {
        var folder = Path.GetDirectoryName(assembly)!;
        var list = Path.ChangeExtension(assembly, ".deps.json");
        var others = File.Exists(list) ? Read(list).Append(list) : Directory.GetFiles(folder, "*.dll").Order(StringComparer.Ordinal);
        return
        [
            .. others
                .Prepend(assembly)
                .Select(path => Path.GetRelativePath(folder, Path.GetFullPath(path, folder)).Replace('\\', '/'))
                .Distinct()
                .Where(path => File.Exists(Path.Combine(folder, path))),
        ];
    }

    private static IReadOnlyList<string> Read(string list)
    {
        try
        {
            return [.. Named(File.ReadAllText(list))];
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            throw new IOException($"{list} is no list of dependencies: {error.Message}", error);
        }
    }

    // https://github.com/dotnet/sdk/blob/main/documentation/specs/runtime-configuration-file.md: assets of packages lie beside the
    // assembly, those for one kind of machine in the folders that they have in the package, texts in a language in one called as that.
    private static IEnumerable<string> Named(string list)
    {
        foreach (var (_, library) in Pairs(JsonNode.Parse(list)?["targets"]).SelectMany(target => Pairs(target.Value)))
        {
            foreach (var (path, _) in Pairs(library?["runtime"]).Concat(Pairs(library?["native"])))
                yield return Path.GetFileName(path);
            foreach (var (path, _) in Pairs(library?["runtimeTargets"]))
                yield return path;
            foreach (var (path, text) in Pairs(library?["resources"]))
                yield return $"{(string?)text?["locale"]}/{Path.GetFileName(path)}";
        }
    }

    private static IEnumerable<KeyValuePair<string, JsonNode?>> Pairs(JsonNode? node) => node as JsonObject ?? [];
}
