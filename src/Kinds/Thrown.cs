using Mailroom.Input;

namespace Mailroom.Kinds;

/// <summary>What code that is not ours has thrown, in words: its own words may throw too, be null or fill the memory.</summary>
internal static class Thrown
{
    private const int MaxLine = 500;
    private const int MaxDetail = 8_000;

    /// <summary>Its message as it may stand in a reason: short, and on one line.</summary>
    public static string Line(Exception error) => Shortened(Message(error), MaxLine) is var text ? Visible.Text(text) : "";

    /// <summary>It with its stack.</summary>
    public static string? Detail(Exception? error) => error is null ? null : Shortened(Whole(error), MaxDetail);

    /// <summary>Its type and its message.</summary>
    public static string Named(Exception error) => $"{error.GetType().Name}: {Line(error)}";

    private static string Message(Exception error)
    {
        try
        {
            return error.Message ?? "it has no message";
        }
        catch (Exception worse) // whatever a message throws when it is asked for
        {
            return $"its message can't be read, which throws {worse.GetType().Name}";
        }
    }

    private static string Whole(Exception error)
    {
        try
        {
            return error.ToString() ?? Named(error);
        }
        catch (Exception worse) // the same of its text
        {
            return $"{Named(error)} (its text can't be read, which throws {worse.GetType().Name})\n{Stack(error)}";
        }
    }

    private static string? Stack(Exception error)
    {
        try
        {
            return error.StackTrace;
        }
        catch (Exception worse) // and of its stack
        {
            return $"(its stack can't be read, which throws {worse.GetType().Name})";
        }
    }

    private static string Shortened(string text, int most) => text.Length > most ? text[..most] + "…" : text;
}
