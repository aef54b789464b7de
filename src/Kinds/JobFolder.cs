using System.Text.Json.Nodes;

namespace Mailroom.Kinds;

/// <summary>
/// The folder that a job's relative paths count from. It is the argument <c>Directory</c> of kinds that work in one, and on another machine
/// it is a folder there.
/// </summary>
internal static class JobFolder
{
    private const string Name = "directory";

    public static bool IsOf(IKind kind) => kind.Arguments.Any(argument => argument is { Name: Name, IsPath: true });

    /// <summary>Where it is, by the kind's checked arguments; empty where they don't say.</summary>
    public static string Of(string argumentsJson) => (string?)JsonNode.Parse(argumentsJson)?[Name] ?? "";

    /// <summary>The same arguments for another folder.</summary>
    public static string Moved(string argumentsJson, string folder)
    {
        var arguments = JsonNode.Parse(argumentsJson)!;
        arguments[Name] = folder;
        return arguments.ToJsonString(Codec.JsonOptions);
    }
}
