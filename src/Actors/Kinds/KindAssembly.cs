using System.Reflection;
using System.Runtime.Loader;
using System.Security.Cryptography;
using System.Text.RegularExpressions;
using Mailroom.Files;
using Mailroom.Input;

namespace Mailroom.Kinds;

/// <summary>A user's assembly with kinds of their own. Its code is trusted like Mailroom's: it runs in host and nodes.</summary>
/// <param name="Version">name, version and the beginning of the file's SHA-256: equal on host and node only if the file is</param>
internal sealed partial record KindAssembly(string Path, string Version, IReadOnlyList<IKind> Kinds)
{
    private const int HashDigits = 12;

    // Words that `send` needs for itself; --out, --timeout, --attempts and --retries a kind may take over.
    private static readonly string[] Taken =
    [
        "--by",
        "--workers",
        "--pieces",
        "--priority",
        "--name",
        "--no-wait",
        "--halt",
        "--deadline",
        "--json",
        "--color",
        "--state",
        "--hocon",
        "--set",
        "--kinds",
        "--debug",
        "--help",
    ];

    /// <exception cref="UserError">one line: which file, what is wrong with it, what to do</exception>
    public static KindAssembly Load(string path)
    {
        if (path.Trim().Length == 0)
            throw Wrong(path, "it is empty; it takes the .dll of a class library with kinds");
        var full = Disk.FullText(path, "--kinds");
        if (!System.IO.File.Exists(full))
            throw Wrong(path, "there is no such file; it takes the .dll of a class library with kinds");
        try
        {
            var assembly = new Context(full).LoadFromAssemblyPath(full);
            var hash = Convert.ToHexStringLower(SHA256.HashData(System.IO.File.ReadAllBytes(full)))[..HashDigits];
            var kinds = KindsOf(assembly, path);
            return kinds.Count == 0
                ? throw Wrong(path, "it has no kind; a kind is a public class that derives from JobKind")
                : new KindAssembly(full, $"{assembly.GetName().Name} {assembly.GetName().Version} (sha256 {hash})", kinds);
        }
        catch (BadImageFormatException)
        {
            throw Wrong(path, "it is no .NET assembly; it takes the .dll of a class library with kinds");
        }
        catch (Exception error) when (error is not UserError) // it is code of the user's own, which may throw whatever it likes
        {
            throw Wrong(path, $"it can't be loaded: {error.Message}; build it against this version of Mailroom.Kinds", error);
        }
    }

    /// <summary>One of each kind that is a public class of an assembly.</summary>
    /// <exception cref="UserError">one of them can't be made, or has a name or an argument that is not allowed</exception>
    public static IReadOnlyList<IKind> KindsOf(Assembly assembly, string path = "") =>
        [.. assembly.GetExportedTypes().Where(IsKind).Select(type => Make(path, type))];

    private static bool IsKind(Type type) =>
        type is { IsClass: true, IsAbstract: false, ContainsGenericParameters: false } && type.IsAssignableTo(typeof(IKind));

    private static IKind Make(string path, Type type)
    {
        if (type.GetConstructor(Type.EmptyTypes) is not { } constructor)
            throw Wrong(path, $"{type.Name} needs a public constructor without parameters");
        try
        {
            var kind = (IKind)constructor.Invoke(null);
            if (!Name().IsMatch(kind.Name))
                throw Wrong(
                    path,
                    $"{type.Name} is called '{Visible.Text(kind.Name)}', but a name has lower case letters, digits and hyphens, the "
                        + "first a letter"
                );
            if (kind.Arguments.FirstOrDefault(argument => Taken.Contains(argument.Word)) is { } argument)
                throw Wrong(path, $"{kind.Name}: the argument {argument.Word} is an option of every job; call it otherwise");
            return kind;
        }
        catch (Exception error) when (error is not UserError)
        {
            throw Wrong(path, $"{type.Name} can't be made: {(error.InnerException ?? error).Message}", error);
        }
    }

    private static UserError Wrong(string path, string what, Exception? cause = null) =>
        new($"--kinds {Visible.Text(path)}: {Visible.Text(what.ReplaceLineEndings(" "))}", cause: cause);

    [GeneratedRegex(@"\A[a-z][a-z0-9-]{0,39}\z")]
    private static partial Regex Name();

    /// <summary>What the assembly brings along is its own; what Mailroom has too is Mailroom's, or its kinds would not be ours.</summary>
    private sealed class Context(string path) : AssemblyLoadContext(System.IO.Path.GetFileName(path))
    {
        private readonly AssemblyDependencyResolver _resolver = new(path);

        protected override Assembly? Load(AssemblyName name)
        {
            try
            {
                return Default.LoadFromAssemblyName(name);
            }
            catch (Exception error) when (error is FileNotFoundException or FileLoadException)
            {
                return _resolver.ResolveAssemblyToPath(name) is { } found ? LoadFromAssemblyPath(found) : null;
            }
        }

        protected override nint LoadUnmanagedDll(string name) =>
            _resolver.ResolveUnmanagedDllToPath(name) is { } found ? LoadUnmanagedDllFromPath(found) : 0;
    }
}
