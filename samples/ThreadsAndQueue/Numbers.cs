namespace ThreadsAndQueue;

/// <summary>One piece of the work.</summary>
internal sealed record Numbers(int From, int Below)
{
    private const int Size = 10_000;

    public static IEnumerable<Numbers> Split(int below)
    {
        for (var from = 0; from < below; from += Size)
            yield return new Numbers(from, Math.Min(below, from + Size));
    }

    public int CountPrimes() => Enumerable.Range(From, Below - From).Count(IsPrime);

    private static bool IsPrime(int number)
    {
        for (var divisor = 2; divisor <= number / divisor; divisor++)
            if (number % divisor == 0)
                return false;
        return number > 1;
    }
}
