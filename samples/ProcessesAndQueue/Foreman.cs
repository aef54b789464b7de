using System.Diagnostics;
using Akka.Actor;

namespace ProcessesAndQueue;

/// <summary>Starts the processes, gives each the next piece, and when one has died gives its piece to another.</summary>
internal sealed class Foreman : ReceiveActor
{
    private readonly Queue<Numbers> _queue = new();
    private readonly Dictionary<int, (Process Process, Numbers? Piece)> _children = [];
    private IActorRef _asker = ActorRefs.Nobody;
    private int _primes;

    public Foreman(int processes)
    {
        Receive<Count>(count =>
        {
            _asker = Sender;
            Numbers.Split(count.Below).ToList().ForEach(_queue.Enqueue);
            for (var number = 0; number < processes; number++)
                Start(isMortal: number == 0);
        });
        Receive<Ready>(ready => _children.ContainsKey(ready.Pid), ready => Give(ready.Pid, _children[ready.Pid].Piece ?? Next()));
        // What a process that has ended told last is on its piece's second way already.
        Receive<Done>(
            done => _children.ContainsKey(done.Pid),
            done =>
            {
                _primes += done.Primes;
                Give(done.Pid, Next());
            }
        );
        Receive<Exited>(OnExited);
    }

    private void Start(bool isMortal)
    {
        var (self, address) = (Self, ((ExtendedActorSystem)Context.System).Provider.DefaultAddress);
        var child = Child.Start("remote-worker", isMortal ? "mortal" : "immortal", Self.Path.ToStringWithAddress(address));
        _children[child.Id] = (child, isMortal ? Next() : null); // the mortal one's is kept for it, however late it comes
        child.Exited += (_, _) => self.Tell(new Exited(child.Id)); // an event of another thread becomes a message
        child.EnableRaisingEvents = true;
    }

    private Numbers? Next() => _queue.TryDequeue(out var next) ? next : null;

    private void Give(int pid, Numbers? piece)
    {
        _children[pid] = (_children[pid].Process, piece);
        if (piece is not null)
            Sender.Tell(piece);
        else
            _children[pid].Process.StandardInput.Close(); // nothing more to do: it may go
    }

    private void OnExited(Exited exited)
    {
        _children.Remove(exited.Pid, out var child);
        child.Process.Dispose();
        if (child.Piece is { } lost)
        {
            Console.WriteLine($"process {exited.Pid} has died at {lost.From}; another takes its place");
            _queue.Enqueue(lost);
            Start(isMortal: false);
        }
        else if (_children.Count == 0)
            _asker.Tell(new Counted(_primes));
    }

    public sealed record Count(int Below);

    public sealed record Counted(int Primes);

    public sealed record Ready(int Pid);

    public sealed record Done(int Pid, int Primes);

    private sealed record Exited(int Pid);
}
