using Mailroom.Input;
using Mailroom.Kinds;

namespace Mailroom.Host.Console.Commands;

/// <summary>What <c>nodes add</c> takes.</summary>
internal sealed record AddOptions([property: Positional("how many"), From(1, 256)] int N = 1);
