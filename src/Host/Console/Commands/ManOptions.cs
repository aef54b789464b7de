using Mailroom.Input;
using Mailroom.Kinds;

namespace Mailroom.Host.Console.Commands;

/// <summary>What <c>mailroom man</c> takes.</summary>
internal sealed record ManOptions(
    [property: Positional("the command, or none for the page of the program")] string? Command = null,
    [property: Option("write all pages into this folder: mailroom.1, mailroom-send.1 and so on", Value = "DIR"), Path] string? Out = null
);
