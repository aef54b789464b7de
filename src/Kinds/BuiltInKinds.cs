namespace Mailroom.Kinds;

/// <summary>The assembly of the kinds that come with Mailroom; its code is trusted to behave.</summary>
internal static class BuiltInKinds
{
    public const string Assembly = "Mailroom.BuiltIn";

    public static bool Has(IKind kind) => kind.GetType().Assembly.GetName().Name == Assembly;
}
