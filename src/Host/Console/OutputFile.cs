using Mailroom.Files;
using Mailroom.Input;

namespace Mailroom.Host.Console;

/// <summary>A file that an option names for output.</summary>
internal static class OutputFile
{
    /// <summary>What is wrong with it is said before anything starts.</summary>
    /// <exception cref="UserError">its folder is not there</exception>
    public static void Check(string option, string? path)
    {
        if (path is not null && Path.GetDirectoryName(Path.GetFullPath(path)) is var folder && !Directory.Exists(folder))
            throw new UserError($"{option} {Visible.Text(path)} can't be written: there is no folder {Visible.Text(folder ?? path)}");
    }

    /// <exception cref="UserError">it can't be written</exception>
    public static void Write(string option, string path, string text)
    {
        try
        {
            using var file = new StreamWriter(FileModes.ForUser(() => File.Create(path)));
            file.Write(text);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new UserError($"{option} {Visible.Text(path)} can't be written: {error.Message}", cause: error);
        }
    }
}
