// mailroom lesson check primes-threads samples/solutions/primes-threads.cs
using System.Collections.Concurrent;
using System.Globalization;

var (below, workers) = (int.Parse(args[0], CultureInfo.InvariantCulture), int.Parse(args[1], CultureInfo.InvariantCulture));
using var queue = new BlockingCollection<int>(boundedCapacity: 16);
var counts = new ConcurrentBag<int>();
var threads = Enumerable.Range(0, workers).Select(_ => new Thread(Consume)).ToList();
threads.ForEach(thread => thread.Start());
for (var from = 0; from < below; from += 1_000)
    queue.Add(from);
queue.CompleteAdding();
threads.ForEach(thread => thread.Join());
Console.WriteLine(counts.Sum());

void Consume() =>
    counts.Add(queue.GetConsumingEnumerable().Sum(from => Enumerable.Range(from, Math.Min(1_000, below - from)).Count(IsPrime)));

static bool IsPrime(int number) =>
    number > 1 && !Enumerable.Range(2, Math.Max(0, (int)Math.Sqrt(number) - 1)).Any(divisor => number % divisor == 0);
