using Mailroom.BuiltIn.Programs;
using Mailroom.Inspection;
using Mailroom.RemoteNode;

if (args is [Guardian.Argument])
    return Guardian.Run(Console.In);

// Threads that a piece has left behind must not keep the node from ending.
LastWord.End(await NodeCommand.RunAsync(args));
return 0;
