// mailroom lesson check stop samples/solutions/stop.cs
using var stop = new CancellationTokenSource();
Console.CancelKeyPress += (_, pressed) =>
{
    pressed.Cancel = true; // not at once: what runs ends by itself
    stop.Cancel();
};
Console.WriteLine("counting; Ctrl-C stops");
var counted = 0L;
while (!stop.IsCancellationRequested)
    counted++;
Console.WriteLine($"stopped at {counted}");
