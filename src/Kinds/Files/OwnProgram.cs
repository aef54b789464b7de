using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Mailroom.Files;

/// <summary>
/// Mailroom's programs, which lie in one folder: each as a program of this system or, in a package for any system, as an assembly that
/// .NET runs.
/// </summary>
internal static class OwnProgram
{
    public const string Host = "mailroom";
    public const string Node = "mailroom-node";

    /// <summary>The words that start it, or none where it does not lie here.</summary>
    public static IReadOnlyList<string> Words(string name) => Words(name, AppContext.BaseDirectory);

    public static IReadOnlyList<string> Words(string name, string folder)
    {
        var program = Path.Combine(folder, OfSystem(name));
        var assembly = Path.Combine(folder, name + ".dll");
        return File.Exists(program) ? [program]
            : File.Exists(assembly) ? [Path.Combine(Runtime, OfSystem("dotnet")), assembly]
            : [];
    }

    /// <summary>How to start it: by the .NET that runs this process too, wherever that is installed.</summary>
    public static ProcessStartInfo Start(string name, IEnumerable<string> arguments)
    {
        var words = Words(name) is { Count: > 0 } found ? found : [Path.Combine(AppContext.BaseDirectory, OfSystem(name))];
        var start = new ProcessStartInfo(words[0], [.. words.Skip(1), .. arguments]) { UseShellExecute = false };
        // It finds .NET by itself where that usually lies; and what it is told, programs that pieces run are told too.
        if (!Usual.Contains(Runtime) && File.Exists(Path.Combine(Runtime, OfSystem("dotnet"))))
            start.Environment.TryAdd("DOTNET_ROOT", Runtime);
        return start;
    }

    private static readonly string[] Usual =
    [
        "/usr/share/dotnet",
        "/usr/lib/dotnet",
        "/usr/local/share/dotnet",
        Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.ProgramFiles), "dotnet"),
    ];

    // …/shared/Microsoft.NETCore.App/10.0.12/ lies in the folder that dotnet itself lies in.
    private static string Runtime { get; } = Path.GetFullPath("../../..", RuntimeEnvironment.GetRuntimeDirectory());

    private static string OfSystem(string name) => OperatingSystem.IsWindows() ? name + ".exe" : name;
}
