using Mailroom.Files;
using Mailroom.Input;
using Mailroom.Kinds;

namespace Mailroom.Host.Terminals;

/// <summary>A file that an option names for output.</summary>
internal static class OutputFile
{
    /// <summary>What is wrong with it is said before anything starts.</summary>
    /// <exception cref="UserError">it can't be written</exception>
    public static void Check(string option, string? path)
    {
        if (path is { Length: 0 })
            throw Disk.Empty(option);
        if (path is not null && SafeFile.WhyNotWritable(Disk.Full(path)) is { } reason)
            throw new UserError($"{option} {Visible.Text(path)} can't be written: {reason}");
    }

    /// <exception cref="UserError">it can't be written</exception>
    public static void Write(string option, string path, Answer answer) =>
        Write(
            option,
            path,
            file =>
            {
                if (answer.File is { } text)
                {
                    using var source = AnswerFile.Open(text);
                    source.CopyTo(file);
                }
                else
                    file.Write(Octets.Bytes(answer.IsExact ? answer.Text : answer.Text + "\n"));
            }
        );

    /// <exception cref="UserError">it can't be written</exception>
    public static void Write(string option, string path, string text) => Write(option, path, file => file.Write(Octets.Bytes(text)));

    private static void Write(string option, string path, Action<Stream> write)
    {
        try
        {
            using var file = FileModes.ForUser(() => SafeFile.CreateAny(Disk.Full(path)));
            write(file);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new UserError($"{option} {Visible.Text(path)} can't be written: {error.Message}", cause: error);
        }
    }
}

/// <summary>The file of an answer that is too big for memory.</summary>
internal static class AnswerFile
{
    /// <exception cref="UserError">it is gone</exception>
    public static Stream Open(string path)
    {
        try
        {
            return File.OpenRead(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new UserError($"the answer's file {path} can't be read: {error.Message}", ExitCode.JobFailed, error);
        }
    }
}
