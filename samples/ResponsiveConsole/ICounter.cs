namespace ResponsiveConsole;

/// <summary>Counts primes in the background, and says how far it is.</summary>
internal interface ICounter : IDisposable
{
    string How { get; }

    Task<string> StatusAsync();

    /// <summary>Lets it end, and waits until it has.</summary>
    Task<string> StopAsync();

    static bool IsPrime(int number)
    {
        for (var divisor = 2; divisor <= number / divisor; divisor++)
            if (number % divisor == 0)
                return false;
        return number > 1;
    }
}
