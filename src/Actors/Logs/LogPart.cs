using System.Text.RegularExpressions;

namespace Mailroom.Logs;

/// <summary>How much of a log file somebody has already.</summary>
public sealed record LogMark(string File, long Bytes);

/// <summary>Whole lines of a log file.</summary>
/// <param name="At">how many bytes of the file lie before them</param>
public sealed record LogPart(string File, long At, ReadOnlyMemory<byte> Bytes)
{
    /// <summary>So many bytes at most.</summary>
    public const int MaxBytes = 128 * 1024;

    /// <summary>Files of one node that are shared; see the setting mailroom.logs.files-per-process.</summary>
    public const int MaxFiles = 16;

    /// <summary>Whether a file's name is one that a process of this name gives.</summary>
    internal static bool IsOf(string node, string file) =>
        Regex.IsMatch(
            file,
            $@"^\d{{8}}-\d{{6}}-{Regex.Escape(node)}-\d{{1,10}}(-outside)?(_\d{{3,6}})?\.jsonl\z",
            RegexOptions.CultureInvariant
        );

    /// <summary>A node's files in a folder, the oldest first.</summary>
    /// <param name="prefix">that stands before their names there</param>
    internal static IEnumerable<FileInfo> FilesOf(string node, string directory, string prefix = "") =>
        new DirectoryInfo(directory)
            .EnumerateFiles($"{prefix}*.jsonl")
            .Where(file => IsOf(node, file.Name[prefix.Length..]))
            .OrderBy(file => file.Name, StringComparer.Ordinal);
}
