using System.Diagnostics;
using Akka.Actor;
using Akka.Util.Internal;

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
            foreach (var numbers in Numbers.Split(count.Below))
                _queue.Enqueue(numbers);
            for (var number = 0; number < processes; number++)
                Start(isMortal: number == 0);
        });
        Receive<Ready>(ready => Give(ready.Pid));
        Receive<Done>(done =>
        {
            _primes += done.Primes;
            Give(done.Pid);
        });
        Receive<Exited>(OnExited);
    }

    private void Start(bool isMortal)
    {
        var (self, address) = (Self, Context.System.AsInstanceOf<ExtendedActorSystem>().Provider.DefaultAddress);
        var child = Child.Start("remote-worker", isMortal ? "mortal" : "immortal", Self.Path.ToStringWithAddress(address));
        _children[child.Id] = (child, null);
        child.EnableRaisingEvents = true;
        child.Exited += (_, _) => self.Tell(new Exited(child.Id)); // an event of another thread becomes a message
    }

    private void Give(int pid)
    {
        var child = _children[pid].Process;
        var piece = _queue.TryDequeue(out var next) ? next : null;
        _children[pid] = (child, piece);
        if (piece is not null)
            Sender.Tell(piece);
        else
            child.StandardInput.Close(); // nothing more to do: it may go
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
