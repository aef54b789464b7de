using Mailroom.Input;
using Mailroom.Kinds;

namespace Mailroom.Host.Console.Commands;

/// <summary>What <c>jobs export</c> takes beside the job.</summary>
internal sealed record ExportOptions(
    [property: Option("write into this file instead of to stdout"), Path] string? Out = null,
    [property: Option("put an apostrophe before texts that a spreadsheet would take for formulas (=, +, -, @)")] bool CsvSafe = false
);
