using System.Diagnostics;
using Mailroom.Files;

namespace Mailroom.Host.Lessons;

/// <summary>What the other process of a lesson does.</summary>
internal static class LessonChild
{
    private const int Arrays = 200_000;
    private const int ArrayBytes = 1_000;

    /// <summary>How long the slow consumer takes for a line.</summary>
    public static readonly TimeSpan PerLine = TimeSpan.FromMilliseconds(20);

    /// <param name="what"><c>consume</c>, <c>take</c>, <c>allocate</c> or <c>spin</c></param>
    public static Process Start(string what)
    {
        var start = OwnProgram.Start(OwnProgram.Host, ["lesson", "child", what]);
        start.RedirectStandardInput = start.RedirectStandardOutput = true;
        return Process.Start(start)!;
    }

    public static void Run(string what)
    {
        switch (what)
        {
            case "consume":
                System.Console.WriteLine("here");
                while (System.Console.In.ReadLine() is not null)
                    Thread.Sleep(PerLine);
                break;
            case "take":
                System.Console.WriteLine("here");
                while (System.Console.In.ReadLine() is { } item)
                    System.Console.WriteLine(item);
                break;
            case "allocate":
                MakeGarbage();
                System.Console.WriteLine(GC.CollectionCount(0));
                break;
            default:
                System.Console.WriteLine("here");
                while (true)
                    Thread.SpinWait(100);
        }
    }

    /// <summary>200 MB in arrays of 1 kB that nobody keeps.</summary>
    public static void MakeGarbage()
    {
        for (var i = 0; i < Arrays; i++)
            GC.KeepAlive(new byte[ArrayBytes]);
    }
}
