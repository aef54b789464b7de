using Mailroom.Host.Console;
using Mailroom.Host.Hosting;
using Mailroom.Host.Launch;
using Mailroom.Host.Terminals;
using Mailroom.Input;
using Mailroom.Inspection;

if (args is [NodeProgram.Word, ..])
{
    try
    {
        return NodeProgram.Run(ByteArguments.Of(args)[1..]);
    }
    catch (UserError error)
    {
        Terminal.OfProcess().Error(error.Message);
        return (int)error.ExitCode;
    }
}

var terminal = Terminal.OfProcess();
if (FileLimit.Wrong() is { } few)
{
    terminal.Error(few);
    return (int)ExitCode.Refused;
}

// Threads that a piece has left behind must not keep the command from ending.
LastWord.End(await ConsoleProgram.RunAsync(ByteArguments.Of(args), terminal));
return 0;
