namespace Mailroom.Kinds;

/// <summary>Runs code of kinds that is no piece: what cuts a job into pieces, and what makes its answer.</summary>
public interface ICodeRunner
{
    void Run(Action code);
}

/// <summary>
/// Threads for code that is not ours and may never come back: few as long as all of it does, and one more whenever nothing
/// has moved for a while. No actor, no request and no other job waits behind it.
/// </summary>
public sealed class CodeThreads : ICodeRunner
{
    private const int Most = 1_000;

    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan IdleFor = TimeSpan.FromSeconds(10);

    private readonly Lock _gate = new();
    private readonly Queue<Action> _waiting = new();
    private readonly SemaphoreSlim _bell = new(0);
    private readonly int _usual = Math.Max(2, Environment.ProcessorCount);
    private int _threads;
    private int _idle;
    private long _begun;
    private bool _looks;

    public static CodeThreads Shared { get; } = new();

    public void Run(Action code)
    {
        lock (_gate)
        {
            _waiting.Enqueue(code);
            if (_idle < _waiting.Count && _threads < _usual)
                Start();
            else if (_idle < _waiting.Count && !_looks)
            {
                _looks = true;
                new Thread(Look) { IsBackground = true, Name = "code watch" }.Start();
            }
        }
        _bell.Release();
    }

    /// <summary>The same for code that gives something.</summary>
    public Task<T> RunAsync<T>(Func<T> code)
    {
        var done = new TaskCompletionSource<T>();
        Run(() =>
        {
            try
            {
                done.SetResult(code());
            }
            catch (Exception error) // whoever awaits it gets it
            {
                done.SetException(error);
            }
        });
        return done.Task;
    }

    private void Start()
    {
        _threads++;
        new Thread(Work) { IsBackground = true, Name = "code" }.Start();
    }

    private void Work()
    {
        for (; ; )
        {
            lock (_gate)
                _idle++;
            var rang = _bell.Wait(IdleFor);
            Action? next;
            lock (_gate)
            {
                _idle--;
                if (!_waiting.TryDequeue(out next))
                {
                    if (rang)
                        continue;
                    _threads--;
                    return;
                }
                _begun++;
            }
            next();
        }
    }

    /// <summary>As long as something waits and nothing of it begins, there is one thread too few.</summary>
    private void Look()
    {
        for (var seen = -1L; ; )
        {
            Thread.CurrentThread.Join(LookEvery);
            lock (_gate)
            {
                if (_waiting.Count == 0)
                {
                    _looks = false;
                    return;
                }
                if (_begun == seen && _threads < Most)
                    Start();
                seen = _begun;
            }
        }
    }
}
