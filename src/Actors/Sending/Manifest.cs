using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text.Json;
using Mailroom.Input;
using Mailroom.Kinds;

namespace Mailroom.Sending;

/// <summary>A file that goes along with a job.</summary>
/// <param name="Name">its path below the job's folder, with '/' between the parts</param>
/// <param name="Sha256">of what is in it, as 64 hexadecimal digits</param>
/// <param name="IsProgram">whether its owner may run it</param>
internal sealed record SentFile(string Name, long Bytes, string Sha256, bool IsProgram);

/// <summary>The files that go along with a job, and how that is written down.</summary>
/// <param name="Form">the files as JSON</param>
internal sealed record Manifest(ImmutableArray<SentFile> Files, ReadOnlyMemory<byte> Form)
{
    /// <summary>Files of a job, at most.</summary>
    public const int MaxFiles = 100_000;

    /// <summary>Bytes of its form, at most.</summary>
    public const int MaxBytes = 64 * 1024 * 1024;

    // Of all, the sum is a number still.
    private const long MaxFile = 1L << 40;

    private const int MaxName = 4_096;

    private static readonly string[] Devices =
    [
        .. new[] { "CON", "PRN", "AUX", "NUL" },
        .. Enumerable.Range(0, 10).SelectMany(number => new[] { $"COM{number}", $"LPT{number}" }),
    ];

    public string Sha256 { get; } = Convert.ToHexStringLower(SHA256.HashData(Form.Span));

    /// <summary>Bytes of all files.</summary>
    public long Bytes => Files.Sum(file => file.Bytes);

    public static Manifest Of(ImmutableArray<SentFile> files) => new(files, JsonSerializer.SerializeToUtf8Bytes(files, Codec.JsonOptions));

    /// <summary>Reads what another machine has sent.</summary>
    /// <exception cref="FormatException">it is none, or names what lies elsewhere than below the job's folder</exception>
    public static Manifest Read(ReadOnlyMemory<byte> form)
    {
        try
        {
            var files = JsonSerializer.Deserialize<ImmutableArray<SentFile>>(form.Span, Codec.JsonOptions);
            if (files.IsDefault || files.Length > MaxFiles)
                throw new FormatException($"a list of files is none, or has more than {MaxFiles}");
            var names = new HashSet<string>(OperatingSystem.IsWindows() ? StringComparer.OrdinalIgnoreCase : StringComparer.Ordinal);
            foreach (SentFile? file in files)
                if (
                    file is not { Bytes: >= 0 and <= MaxFile, Sha256: { } hash, Name: { } name }
                    || !IsHash(hash)
                    || !IsBelow(name)
                    || !names.Add(name)
                )
                    throw new FormatException($"a list of files has '{Visible.Text(file?.Name ?? "null")}', which is none, or twice");
            return new Manifest(files, form);
        }
        catch (JsonException error)
        {
            throw new FormatException($"a list of files is no JSON: {error.Message}", error);
        }
    }

    /// <summary>Whether a path can only be that of something below the folder from which it counts.</summary>
    public static bool IsBelow(string path) =>
        path.Length is > 0 and <= MaxName
        && !Path.IsPathRooted(path)
        && !path.Contains('\0', StringComparison.Ordinal)
        && path.Split('/').All(part => part is not ("" or "." or "..") && (!OperatingSystem.IsWindows() || IsOfWindows(part)));

    // Others are written elsewhere than their name says: https://learn.microsoft.com/windows/win32/fileio/naming-a-file
    private static bool IsOfWindows(string part) =>
        part.AsSpan().IndexOfAny('\\', ':') < 0
        && part[^1] is not ('.' or ' ')
        && !Devices.Contains(part.Split('.')[0].TrimEnd(), StringComparer.OrdinalIgnoreCase);

    public static bool IsHash(string text) => text.Length == 2 * SHA256.HashSizeInBytes && text.All(char.IsAsciiHexDigitLower);
}
