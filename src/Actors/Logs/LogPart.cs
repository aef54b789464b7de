using System.Text.RegularExpressions;

namespace Mailroom.Logs;

/// <summary>How much of a log file somebody has already.</summary>
/// <param name="Bytes"><see cref="long.MaxValue"/>: as much of it as he wants</param>
public sealed record LogMark(string File, long Bytes);

/// <summary>Whole lines of a log file.</summary>
/// <param name="At">how many bytes of the file lie before them</param>
public sealed record LogPart(string File, long At, ReadOnlyMemory<byte> Bytes)
{
    /// <summary>So many bytes at most.</summary>
    public const int MaxBytes = 128 * 1024;

    /// <summary>Files of one node that are shared; see the setting mailroom.logs.files-per-process.</summary>
    public const int MaxFiles = 16;
}

/// <summary>The log files that a process of some name has written.</summary>
internal sealed class LogFiles(string node)
{
    private readonly Regex _name = new(
        $@"^\d{{8}}-\d{{6}}-{Regex.Escape(node)}-\d{{1,10}}(-outside)?(_\d{{3,6}})?\.jsonl\z",
        RegexOptions.CultureInvariant
    );

    /// <summary>Whether a file's name is one of them.</summary>
    public bool Has(string file) => _name.IsMatch(file);

    /// <summary>Those in a folder, the one that was written to last at the end: the clock that gave them their names may have been wrong.
    /// </summary>
    /// <param name="prefix">that stands before their names there</param>
    public IReadOnlyList<FileInfo> In(string directory, string prefix = "") =>
        [
            .. new DirectoryInfo(directory)
                .GetFiles($"{prefix}*-{node}-*.jsonl")
                .Where(file => Has(file.Name[prefix.Length..]))
                .OrderBy(file => file.LastWriteTimeUtc)
                .ThenBy(file => file.Name, StringComparer.Ordinal),
        ];
}
