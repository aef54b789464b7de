using Mailroom.Host.Console;
using Mailroom.Inspection;

LastWord.End(await ConsoleProgram.RunAsync(ByteArguments.Of(args), Terminal.OfProcess()));
return 0;
