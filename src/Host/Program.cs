using Mailroom.Host.Console;

return await ConsoleProgram.RunAsync(args, Terminal.OfProcess());
