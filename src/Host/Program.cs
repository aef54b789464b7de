using Mailroom.Host.Console;

return await ConsoleProgram.RunAsync(ByteArguments.Of(args), Terminal.OfProcess());
