using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Mailroom.Client;
using Mailroom.Inspection;
using Mailroom.Jobs;
using Mailroom.Kinds;
using Mailroom.Logs;
using Mailroom.Model;
using Mailroom.Nodes;

namespace Mailroom.Host.Control;

/// <summary>
/// The JSON that is seen from outside, at the control endpoint and with <c>--json</c>; docs/json.md describes it. What it is made of is
/// generated when Mailroom is built.
/// </summary>
[JsonSerializable(typeof(JobOrderDocument))]
[JsonSerializable(typeof(NodeReport[]))]
[JsonSerializable(typeof(HostDocument))]
[JsonSerializable(typeof(Finding[]))]
[JsonSerializable(typeof(InvitationDocument))]
[JsonSerializable(typeof(MemberDocument[]))]
[JsonSerializable(typeof(RotationDocument))]
[JsonSerializable(typeof(ActorReport[]))]
[JsonSerializable(typeof(Usage[]))]
[JsonSerializable(typeof(ChangesDocument))]
[JsonSerializable(typeof(LogQuery))]
[JsonSerializable(typeof(JsonObject))]
[JsonSerializable(typeof(string))]
[JsonSerializable(typeof(bool))]
internal sealed partial class Contract : JsonSerializerContext
{
    // What is said of jobs is a program's own too, and the client's.
    private static IJsonTypeInfoResolver Whole => JsonTypeInfoResolver.Combine(JobContract.Default, Default);

    public static string Text<T>(T value) => JsonSerializer.Serialize(value, Type<T>());

    /// <summary>A text as JSON, which is JSON's null where there is none.</summary>
    public static JsonElement Element(string? text) => JsonSerializer.SerializeToElement(text, Type<string?>()!);

    /// <exception cref="JsonException">the text is no such value</exception>
    public static T Read<T>(string text) => ControlEndpoint.Read(text, Type<T>());

    public static JsonTypeInfo<T> Type<T>() => (JsonTypeInfo<T>)Held.Options.GetTypeInfo(typeof(T));

    /// <summary>
    /// How the control endpoint reads it, from whoever asks: what is misspelt, said twice or null is said so, and not passed over.
    /// </summary>
    public static void Serve(JsonSerializerOptions options)
    {
        foreach (var converter in Codec.JsonOptions.Converters)
            options.Converters.Add(converter);
        options.NumberHandling = Codec.JsonOptions.NumberHandling;
        options.MaxDepth = Codec.JsonOptions.MaxDepth;
        options.Encoder = Codec.JsonOptions.Encoder;
        options.UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow;
        options.AllowDuplicateProperties = false;
        options.RespectNullableAnnotations = true;
        options.RespectRequiredConstructorParameters = true;
        options.TypeInfoResolverChain.Insert(0, Whole);
    }

    // A class of its own: what is generated has to be there before it.
    private static class Held
    {
        internal static readonly JsonSerializerOptions Options = JobContract.Written(Whole);
    }
}
