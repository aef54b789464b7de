using System.Text.Json;
using System.Text.Json.Serialization;
using Mailroom.Files;
using Mailroom.Input;

namespace Mailroom.Members;

/// <summary>The book of members in the state folder: a file of its owner's, written whole with each change.</summary>
public sealed partial class MemberStore
{
    private readonly string _path;

    /// <exception cref="UserError">it can't be read, or is open to others</exception>
    internal MemberStore(string path)
    {
        _path = path;
        Book = File.Exists(path) ? Read(path) : MemberBook.Empty;
    }

    internal MemberBook Book { get; private set; }

    /// <summary>Nothing counts before it is written.</summary>
    /// <exception cref="IOException">it can't be</exception>
    /// <exception cref="UnauthorizedAccessException">likewise</exception>
    internal void Keep(MemberBook book)
    {
        StateFolder.WritePrivate(_path, JsonSerializer.Serialize(book, Form.Default.MemberBook), lasts: true);
        Book = book;
    }

    private static MemberBook Read(string path)
    {
        if (!FileStatus.IsOwn(path, FileStatus.Regular))
            throw Unusable(path, "it is open to others, or was put there by another user", null);
        try
        {
            return JsonSerializer.Deserialize(File.ReadAllText(path), Form.Default.MemberBook)
                ?? throw new JsonException("it holds nothing");
        }
        catch (Exception error) when (error is JsonException or IOException or UnauthorizedAccessException)
        {
            throw Unusable(path, error.Message, error);
        }
    }

    // Not passed over: those who were revoked would be let in.
    private static UserError Unusable(string path, string why, Exception? error) =>
        new(
            $"{path} can't be used: {Visible.Text(why)}; it says which nodes of other machines may join, and which may not any more: "
                + "restore it; or delete it, authority.pem and authority-before.pem beside it, so that nobody gets in who was revoked, and "
                + "invite all anew",
            ExitCode.Refused,
            error
        );

    [JsonSourceGenerationOptions(
        PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
        WriteIndented = true,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true
    )]
    [JsonSerializable(typeof(MemberBook))]
    private sealed partial class Form : JsonSerializerContext;
}
