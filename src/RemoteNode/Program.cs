using Mailroom.RemoteNode;

return await NodeCommand.RunAsync(args);
