// mailroom lesson check responsive samples/solutions/responsive.cs
long counted = 0;
_ = Task.Factory.StartNew(Count, TaskCreationOptions.LongRunning);
while (Console.ReadLine() is { } line and not "quit")
    Console.WriteLine(line == "status" ? $"counted to {Interlocked.Read(ref counted)}" : $"'{line}' is neither status nor quit");

void Count()
{
    while (true)
        Interlocked.Increment(ref counted);
}
