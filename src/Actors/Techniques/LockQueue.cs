namespace Mailroom.Techniques;

/// <summary>Threads that want one lock, and each does something without it between two turns.</summary>
/// <remarks>
/// A closed queue with one server: whoever comes finds on average what stands there with one thread fewer (mean value analysis; Reiser and
/// Lavenberg, 1980).
/// </remarks>
internal static class LockQueue
{
    private const int Halvings = 40;

    /// <param name="own">seconds of a piece alone, with and without the lock</param>
    /// <param name="held">of these, with the lock</param>
    /// <returns>seconds of a piece where so many threads run such pieces, waiting for the lock included</returns>
    public static double Cycle(double own, double held, int threads)
    {
        double there = 0,
            cycle = own;
        for (var n = 1; n <= threads; n++)
        {
            var turn = held * (1 + there);
            cycle = own - held + turn;
            there = n * turn / cycle;
        }
        return cycle;
    }

    /// <param name="wait">seconds for which a piece waits for the lock where so many threads run such pieces</param>
    /// <returns>the seconds for which a piece must have the lock then, at most all of its own</returns>
    public static double Held(double own, double wait, int threads)
    {
        double least = 0,
            most = own;
        for (var i = 0; i < Halvings && own > 0; i++)
        {
            var held = (least + most) / 2;
            if (Cycle(own, held, threads) - own < wait)
                least = held;
            else
                most = held;
        }
        return least;
    }
}
