using Mailroom.Input;
using Mailroom.Kinds;

namespace Mailroom.Host.Console.Commands;

/// <summary>What <c>jobs clean</c> takes.</summary>
internal sealed record CleanOptions([property: Option("jobs that were sent longer ago than this, such as 7d; 0s for all")] TimeSpan Older);
