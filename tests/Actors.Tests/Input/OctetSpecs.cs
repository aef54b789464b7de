using System.Text;
using System.Text.Json;

namespace Mailroom.Input;

public class OctetSpecs
{
    [Fact]
    public void Octets_should_bring_any_bytes_back_whatever_they_went_through()
    {
        const int seed = 7;
        var random = new Random(seed);
        byte[] odd = [0x61, 0x00, 0x80, 0xC3, 0xA9, 0xE2, 0x82, 0xAC, 0xF0, 0x9F, 0x98, 0x80, 0xF4, 0x8F, 0xBA, 0xBB, 0xFF];
        for (var round = 0; round < 2_000; round++)
        {
            byte[] bytes = [.. Enumerable.Range(0, random.Next(12)).Select(_ => odd[random.Next(odd.Length)])];
            var text = Octets.Text(bytes);
            Assert.Equal(bytes, Octets.Bytes(text));
            Assert.Equal(text, JsonSerializer.Deserialize<string>(JsonSerializer.Serialize(text, Kinds.Codec.JsonOptions)));
            Assert.Equal(text, Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text)));
        }
    }

    [Fact]
    public void Octets_should_leave_text_as_it_is()
    {
        const string text = "caf\u00E9 \U0001F600 \U0010FE79 \n";
        Assert.Equal(text, Octets.Text(Encoding.UTF8.GetBytes(text)));
        Assert.False(Octets.Any(text));
    }

    [Fact]
    public void Octets_should_never_make_one_name_of_two() =>
        Assert.NotEqual(Octets.Text([0xE9]), Octets.Text(Encoding.UTF8.GetBytes(Octets.Text([0xE9]))));

    [Fact]
    public void Octets_should_be_shown_to_people_and_in_json_by_their_number()
    {
        var name = Octets.Text([0x63, 0xE9, 0x5C]);
        Assert.Equal(@"c\xE9\", Visible.Text(name));
        var shown = Visible.Json(JsonSerializer.Serialize(new { name, plain = @"\uDBFF\uDEE9" }, Kinds.Codec.JsonOptions));
        Assert.Equal(
            (@"c\xE9\", @"\uDBFF\uDEE9"),
            (
                JsonDocument.Parse(shown).RootElement.GetProperty("name").GetString(),
                JsonDocument.Parse(shown).RootElement.GetProperty("plain").GetString()
            )
        );
        Assert.Equal("\"\\\\xE9\"", Visible.Json("\"\\uDBFF\\uDEE9\""));
    }
}
