using Mailroom.Input;

namespace Mailroom.Kinds.Files;

/// <summary>The lines of a file that a user named as a list of inputs.</summary>
internal static class InputLines
{
    /// <exception cref="UserError">it can't be read</exception>
    public static IEnumerable<string> Read(string kind, string option, string path)
    {
        try
        {
            return File.Exists(path) ? File.ReadLines(path) : throw new FileNotFoundException("there is no such file");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new UserError($"{kind}: {option} {Visible.Text(path)} can't be read: {error.Message}", cause: error);
        }
    }
}
