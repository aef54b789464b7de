using System.Runtime.Loader;

namespace Mailroom.Kinds;

/// <summary>The assembly of the kinds that come with Mailroom; its code is trusted to behave.</summary>
internal static class BuiltInKinds
{
    public const string Assembly = "Mailroom.BuiltIn";

    public static bool Has(IKind kind) =>
        kind.GetType().Assembly is var assembly
        && assembly.GetName().Name == Assembly
        && AssemblyLoadContext.GetLoadContext(assembly) == AssemblyLoadContext.Default;
}
