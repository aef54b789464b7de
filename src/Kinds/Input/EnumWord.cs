using System.Text.Json;

namespace Mailroom.Input;

internal static class EnumWord
{
    /// <summary>
    /// A value as it is written everywhere: on the console, in JSON, in the journal and in logs. <c>GivenUp</c> is <c>givenUp</c>.
    /// </summary>
    public static string Word(this Enum value) => JsonNamingPolicy.CamelCase.ConvertName(value.ToString());
}
