using Akka.Configuration;
using Akka.Dispatch;

namespace Mailroom.Inspection;

/// <summary>
/// A few threads of a dispatcher's own that sleep while there is nothing to do. Those of Akka's fork-join pool look around
/// for a while each time before they do, a hundred times a second and more.
/// </summary>
/// <param name="config">the dispatcher's; <c>threads</c> says how many</param>
public sealed class QuietExecutor(Config config, IDispatcherPrerequisites prerequisites)
    : ExecutorServiceConfigurator(config, prerequisites)
{
    public override ExecutorService Produce(string id) => new Threads(id, Config.GetInt("threads"));

    private sealed class Threads : ExecutorService
    {
        private readonly Queue<IRunnable> _waiting = new();
        private readonly object _bell = new();
        private int _idle;
        private bool _isOver;

        public Threads(string id, int count)
            : base(id)
        {
            for (var number = 1; number <= count; number++)
                new Thread(Work) { IsBackground = true, Name = id }.Start();
        }

        public override void Execute(IRunnable run)
        {
            lock (_bell)
            {
                if (_isOver)
                    throw new RejectedExecutionException($"{Id} has ended");
                _waiting.Enqueue(run);
                if (_idle > 0)
                    Monitor.Pulse(_bell);
            }
        }

        public override void Shutdown()
        {
            lock (_bell)
            {
                _isOver = true;
                Monitor.PulseAll(_bell);
            }
        }

        private void Work()
        {
            while (Next() is { } run)
                run.Run();
        }

        /// <summary>What is to be run next, however long it takes to come; null when nothing will.</summary>
        private IRunnable? Next()
        {
            lock (_bell)
            {
                IRunnable? next;
                while (!_waiting.TryDequeue(out next))
                {
                    if (_isOver)
                        return null;
                    _idle++;
                    Monitor.Wait(_bell);
                    _idle--;
                }
                return next;
            }
        }
    }
}
