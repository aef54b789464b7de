using System.Runtime.CompilerServices;

namespace Mailroom.Host.Lessons.Schedules;

/// <summary>An operation on something shared: the point where a thread may lose its turn.</summary>
internal abstract class Op
{
    /// <summary>What it is going to do.</summary>
    public abstract string Text { get; }

    public abstract bool MayRun { get; }

    /// <summary>Does it, and nothing else happens meanwhile.</summary>
    /// <returns>what it did</returns>
    public abstract string Run();

    /// <summary>What came of it, as the thread gets it.</summary>
    public abstract string Given { get; }

    /// <summary>What has to be done after it before the thread goes on, if anything.</summary>
    public Op? Then { get; init; }
}

/// <summary>One that gives something, to be awaited.</summary>
/// <param name="stand">takes who has come to it</param>
/// <param name="mayRun">null: always</param>
/// <param name="said">what it did, where that says more than what it was going to do</param>
internal sealed class Op<T>(Action<Op, Action> stand, string text, Func<T> run, Func<bool>? mayRun = null, Func<T, string>? said = null)
    : Op,
        INotifyCompletion
{
    private T? _given;

    public override string Text => text;

    public override bool MayRun => mayRun?.Invoke() ?? true;

    public override string Given => $"{_given}";

    public bool IsCompleted => false;

    public override string Run()
    {
        _given = run();
        return said?.Invoke(_given) ?? text;
    }

    public Op<T> GetAwaiter() => this;

    public void OnCompleted(Action continuation) => stand(this, continuation);

    public T GetResult() => _given!;
}
