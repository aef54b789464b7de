using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Runtime.InteropServices.Marshalling;
using Mailroom.Files;
using Mailroom.Input;

namespace Mailroom.Host.Launch;

/// <summary>
/// <c>mailroom node …</c> is <c>mailroom-node …</c>, for whoever has only the one on the PATH, as with a dotnet tool. It becomes that
/// program itself: signals, stdin and the exit code are its own.
/// </summary>
internal static partial class NodeProgram
{
    public const string Word = "node";

    /// <returns>the exit code, where this process could not become the other</returns>
    /// <exception cref="UserError">it is not there, or can't be started</exception>
    public static int Run(IReadOnlyList<string> arguments)
    {
        var start = OwnProgram.Start(OwnProgram.Node, arguments);
        if (!OperatingSystem.IsWindows())
            Become(start);
        try
        {
            using var process = Process.Start(start)!;
            process.WaitForExit();
            return process.ExitCode;
        }
        catch (Win32Exception error)
        {
            throw new UserError($"{start.FileName} can't be started: {error.Message}; install Mailroom anew", ExitCode.Refused, error);
        }
    }

    private static void Become(ProcessStartInfo start)
    {
        nint[] words = [.. start.ArgumentList.Prepend(start.FileName).Select(Octets.ZeroTerminated), 0];
        var variables = start.Environment.Select(variable => Octets.ZeroTerminated($"{variable.Key}={variable.Value}"));
        _ = Execute(start.FileName, words, [.. variables, 0]); // comes back only where it failed
    }

    [LibraryImport("libc", EntryPoint = "execve")]
    private static partial int Execute([MarshalUsing(typeof(OctetMarshaller))] string file, nint[] arguments, nint[] environment);
}
