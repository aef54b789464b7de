using Mailroom.Kinds.Programs;
using Mailroom.RemoteNode;

if (args is [Guardian.Argument])
    return Guardian.Run(Console.In);
return await NodeCommand.RunAsync(args);
