using Mailroom.Input;

namespace Mailroom.Client;

/// <summary>What the control endpoint says when a request can't be met.</summary>
internal sealed record ControlError(string Error, ExitCode ExitCode, bool IsPassing = false);
