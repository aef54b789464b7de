using System.Text;
using Mailroom.Files;
using Mailroom.Input;
using Mailroom.Kinds.Text;

namespace Mailroom.Settings;

/// <summary>Gathers the layers of settings: the files beside the program, the user's files, and single values.</summary>
public static class SettingsFiles
{
    /// <param name="process">host.conf or node.conf</param>
    /// <param name="files">the user's own files, in their order</param>
    /// <param name="values">single values, <c>KEY=VALUE</c></param>
    /// <exception cref="UserError">a file is missing, or something in it is wrong</exception>
    public static MailroomSettings Load(string process, IEnumerable<string> files, IEnumerable<string> values)
    {
        var folder = Path.Combine(AppContext.BaseDirectory, "hocon");
        return MailroomSettings.Read(
        [
            OfFile(Path.Combine(folder, "mailroom.conf")),
            OfFile(Path.Combine(folder, process)),
            .. files.Select(file => OfFile(Disk.FullText(file, "--hocon"))),
            .. values.Select(OfValue),
        ]);
    }

    private static SettingsLayer OfFile(string path)
    {
        try
        {
            return new SettingsLayer(path.StartsWith(AppContext.BaseDirectory, StringComparison.Ordinal) ? Path.GetFileName(path) : path, TextEncodings.Read(File.ReadAllBytes(path)));
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

    private static SettingsLayer OfValue(string pair)
    {
        var at = pair.IndexOf('=', StringComparison.Ordinal);
        if (at <= 0)
            throw new UserError($"settings: --set takes KEY=VALUE, such as mailroom.threads.workers=4, not '{Visible.Text(pair)}'", ExitCode.Settings);
        var (key, value) = (pair[..at].Trim(), pair[(at + 1)..].Trim());
        if (key.Any(c => !char.IsAsciiLetterOrDigit(c) && c is not ('.' or '-' or '_')))
            throw new UserError($"settings: --set: '{Visible.Text(key)}' is no key; keys are words with dots, such as mailroom.threads.workers", ExitCode.Settings);
        var quoted = "\"" + value.Trim('"').Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal) + "\"";
        return new SettingsLayer("--set " + Visible.Text(key), $"{key} = {quoted}", HasLines: false);
    }
}
