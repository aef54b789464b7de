using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Mailroom.Kinds;

namespace Mailroom.Client;

/// <summary>
/// The JSON of jobs, as it is seen from outside; docs/json.md describes it. What it is made of is generated when Mailroom is built.
/// </summary>
[JsonSerializable(typeof(JobRequest))]
[JsonSerializable(typeof(JobRow[]))]
[JsonSerializable(typeof(JobDocument))]
[JsonSerializable(typeof(JobAttempt))]
[JsonSerializable(typeof(ControlError))]
[JsonSerializable(typeof(int))]
[JsonSerializable(typeof(int[]))]
internal sealed partial class JobContract : JsonSerializerContext
{
    /// <summary>How a context's documents are written, and read from a host.</summary>
    /// <remarks>
    /// What a kind has written stands deeper here than where it wrote it. A host of another version may answer otherwise: that is an error,
    /// not a job without a number.
    /// </remarks>
    public static JsonSerializerOptions Written(IJsonTypeInfoResolver resolver) =>
        new(Codec.JsonOptions)
        {
            TypeInfoResolver = resolver,
            MaxDepth = Codec.JsonOptions.MaxDepth + 8,
            RespectNullableAnnotations = true,
            RespectRequiredConstructorParameters = true,
        };

    public static JsonTypeInfo<T> Type<T>() => (JsonTypeInfo<T>)Held.Options.GetTypeInfo(typeof(T));

    // A class of its own: what is generated has to be there before it.
    private static class Held
    {
        internal static readonly JsonSerializerOptions Options = JobContract.Written(Default);
    }
}
