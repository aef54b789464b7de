namespace Mailroom.Host.Lessons.Schedules;

/// <summary>Something that threads share.</summary>
internal interface IShared
{
    /// <summary>All there is to know of it.</summary>
    string State { get; }

    /// <summary>Takes a thread that has come to an operation; set by its world.</summary>
    Action<Op, Action> Stand { set; }
}

/// <summary>A variable.</summary>
internal sealed class Cell<T>(string name, T value) : IShared
{
    public T Value { get; private set; } = value;

    public string State => $"{Value}";

    public Action<Op, Action> Stand { private get; set; } = null!;

    public Op<T> Read() => new(Stand, $"reads {name}", () => Value, said: read => $"reads {name}: {Text(read)}");

    public Op<T> Write(T written) => new(Stand, $"writes {name} = {Text(written)}", () => Value = written);

    /// <summary>Changes it in one operation that nobody can come between.</summary>
    public Op<T> Change(string what, Func<T, T> change) => new(Stand, what, () => Value = change(Value));

    /// <summary>Writes only if it is still as expected, in one operation.</summary>
    public Op<bool> CompareExchange(T expected, T written) =>
        new(
            Stand,
            $"if {name} is still {Text(expected)}, writes {Text(written)}",
            () =>
            {
                if (!Equals(Value, expected))
                    return false;
                Value = written;
                return true;
            },
            said: done => done ? $"{name} is still {Text(expected)}: writes {Text(written)}" : $"{name} is not {Text(expected)} any more"
        );

    /// <summary>Waits until it is so; meanwhile others have the turn.</summary>
    public Op<T> Until(string what, Func<T, bool> isSo) => new(Stand, what, () => Value, () => isSo(Value));

    private static string Text(T of) => of?.ToString() ?? "nothing";
}

/// <summary>A lock with a condition, as <see cref="System.Threading.Monitor"/>.</summary>
/// <param name="running">the thread that has the turn</param>
internal sealed class Gate(string name, Func<string> running) : IShared
{
    private readonly List<string> _asleep = [];
    private string? _owner;

    public string State => $"{_owner}({string.Join(',', _asleep)})";

    public Action<Op, Action> Stand { private get; set; } = null!;

    public Op<bool> Enter() => new(Stand, $"locks {name}", Take, () => _owner is null);

    public Op<bool> Exit() => new(Stand, $"unlocks {name}", Leave);

    /// <summary>Lets go of the lock and sleeps, in one operation; woken, takes it again.</summary>
    public Op<bool> Wait()
    {
        string? me = null;
        return new Op<bool>(
            Stand,
            $"unlocks {name} and sleeps",
            () =>
            {
                _asleep.Add(me = running());
                return Leave();
            }
        )
        {
            Then = new Op<bool>(Stand, $"is woken and locks {name}", Take, () => _owner is null && !_asleep.Contains(me!)),
        };
    }

    /// <summary>Sleeps without a lock until somebody wakes who sleeps then.</summary>
    public Op<bool> Sleep()
    {
        string? me = null;
        return new Op<bool>(
            Stand,
            $"sleeps on {name}",
            () =>
            {
                _asleep.Add(me = running());
                return true;
            }
        )
        {
            Then = new Op<bool>(Stand, "is woken", () => true, () => !_asleep.Contains(me!)),
        };
    }

    /// <summary>Wakes all who sleep now; nobody else will ever know of it.</summary>
    public Op<int> Wake() =>
        new(
            Stand,
            $"wakes who sleeps on {name}",
            () =>
            {
                var woken = _asleep.Count;
                _asleep.Clear();
                return woken;
            },
            said: woken => woken == 0 ? $"wakes who sleeps on {name}: nobody" : $"wakes who sleeps on {name}"
        );

    private bool Take()
    {
        _owner = running();
        return true;
    }

    private bool Leave()
    {
        _owner = null;
        return true;
    }
}

/// <summary>A queue.</summary>
/// <param name="bound">who adds waits while there are so many; null: never</param>
internal sealed class Line<T>(string name, int? bound) : IShared
{
    private readonly List<T> _items = [];

    public int Count => _items.Count;

    public string State => string.Join(',', _items);

    public Action<Op, Action> Stand { private get; set; } = null!;

    public Op<T> Add(T item) =>
        new(
            Stand,
            $"puts {item} into {name}",
            () =>
            {
                _items.Add(item);
                return item;
            },
            () => bound is null || _items.Count < bound
        );

    /// <summary>Takes the first one; waits until there is one.</summary>
    public Op<T> Take() =>
        new(
            Stand,
            $"takes from {name}",
            () =>
            {
                var item = _items[0];
                _items.RemoveAt(0);
                return item;
            },
            () => _items.Count > 0,
            item => $"takes {item} from {name}"
        );
}
