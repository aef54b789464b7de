using System.Text;

namespace Mailroom.Kinds;

/// <summary>
/// The console as pieces see it: what they write goes to the log of whoever runs them, with job and piece, and there is
/// nothing to read. What this process itself says and reads is not touched: it goes another way.
/// </summary>
public static class PieceConsole
{
    private static readonly AsyncLocal<PieceContext?> Running = new();

    /// <summary>From now on, in this process.</summary>
    public static void Install()
    {
#pragma warning disable RS0030 // here, and nowhere else: so that nobody's code finds another console
        Console.SetOut(new ToLog(Console.Error));
        Console.SetError(new ToLog(Console.Error));
        Console.SetIn(TextReader.Null);
#pragma warning restore RS0030
    }

    /// <summary>What runs from here on, on this thread and on those that it starts, is this piece; null for none.</summary>
    internal static void Enter(PieceContext? piece)
    {
        if (Running.Value is { Line: not null } before)
            ToLog.Flush(before);
        Running.Value = piece;
    }

    private sealed class ToLog(TextWriter otherwise) : TextWriter
    {
        // A program may write without an end; a line of it is cut there.
        private const int MaxLine = 4_000;

        public override Encoding Encoding => Encoding.UTF8;

        public override void Write(char value)
        {
            if (Running.Value is not { } piece)
            {
                otherwise.Write(value); // of nobody's piece: not to stdout, which is the answer's
                return;
            }
            lock (piece)
            {
                var line = piece.Line ??= new StringBuilder();
                if (value == '\n' || line.Length >= MaxLine)
                    Tell(piece, line);
                if (value is not ('\n' or '\r'))
                    line.Append(value);
            }
        }

        public static void Flush(PieceContext piece)
        {
            lock (piece)
                if (piece.Line is { Length: > 0 } line)
                    Tell(piece, line);
        }

        private static void Tell(PieceContext piece, StringBuilder line)
        {
            piece.Say(line.ToString());
            line.Clear();
        }
    }
}
