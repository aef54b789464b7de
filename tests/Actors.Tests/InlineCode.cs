using Mailroom.Kinds;

namespace Mailroom;

/// <summary>Runs code of kinds at once, on the thread that wants it: so specs in virtual time have no other threads in them.</summary>
internal sealed class InlineCode : ICodeRunner
{
    public void Run(Action code) => code();
}
