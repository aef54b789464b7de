using System.Text;
using Mailroom.Files;
using Mailroom.Input;

namespace Mailroom.Settings;

/// <summary>Gathers the layers of settings: the files beside the program, the user's files, and single values.</summary>
public static class SettingsFiles
{
    private static readonly string Folder = Path.Combine(AppContext.BaseDirectory, "hocon");

    private const int MaxFile = 16 * 1024 * 1024;

    /// <param name="process">host.conf or node.conf</param>
    /// <param name="files">the user's own files, in their order</param>
    /// <param name="values">single values, <c>KEY=VALUE</c></param>
    /// <exception cref="UserError">a file is missing, or something in it is wrong</exception>
    public static MailroomSettings Load(string process, IEnumerable<string> files, IEnumerable<string> values) =>
        MailroomSettings.Read([OfFile(Path.Combine(Folder, "mailroom.conf")), .. Own(process, files, values)]);

    /// <summary>Whether somebody has set a key: in the process's file, in one of their own, or as a single value.</summary>
    public static bool Says(string process, IEnumerable<string> files, IEnumerable<string> values, string key) =>
        Own(process, files, values).Any(layer => SettingsCheck.Parse(layer).HasPath(key));

    // All but mailroom.conf, which has each key.
    private static IEnumerable<SettingsLayer> Own(string process, IEnumerable<string> files, IEnumerable<string> values) =>
        [OfFile(Path.Combine(Folder, process)), .. files.Select(file => OfFile(Disk.FullText(file, "--hocon"))), .. values.Select(OfValue)];

    private static SettingsLayer OfFile(string path)
    {
        try
        {
            return new SettingsLayer(
                path.StartsWith(AppContext.BaseDirectory, StringComparison.Ordinal) ? Path.GetFileName(path) : path,
                TextEncodings.Read(Bytes(path))
            );
        }
        catch (DecoderFallbackException error)
        {
            throw new UserError($"settings: {Visible.Text(path)} is no text in UTF-8; iconv makes it so", ExitCode.Settings, error);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new UserError($"settings: {Visible.Text(path)} can't be read: {error.Message}", ExitCode.Settings, error);
        }
    }

    // It may be a pipe, which tells no size, or a device without an end.
    private static byte[] Bytes(string path)
    {
        using var file = File.OpenRead(path);
        using var bytes = new MemoryStream();
        var buffer = new byte[64 * 1024];
        while (file.Read(buffer) is > 0 and var count)
        {
            bytes.Write(buffer, 0, count);
            if (bytes.Length > MaxFile)
                throw new IOException($"it has more than {MaxFile / 1024 / 1024} MiB");
        }
        return bytes.ToArray();
    }

    private static SettingsLayer OfValue(string pair)
    {
        var at = pair.IndexOf('=', StringComparison.Ordinal);
        if (at <= 0)
            throw new UserError(
                $"settings: --set takes KEY=VALUE, such as mailroom.threads.workers=4, not '{Visible.Text(pair)}'",
                ExitCode.Settings
            );
        var (key, value) = (pair[..at].Trim(), pair[(at + 1)..].Trim());
        if (key.Any(c => !char.IsAsciiLetterOrDigit(c) && c is not ('.' or '-' or '_')))
            throw new UserError(
                $"settings: --set: '{Visible.Text(key)}' is no key; keys are words with dots, such as mailroom.threads.workers",
                ExitCode.Settings
            );
        var quoted =
            "\"" + value.Trim('"').Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal) + "\"";
        return new SettingsLayer("--set " + Visible.Text(key), $"{key} = {quoted}", HasLines: false);
    }
}
