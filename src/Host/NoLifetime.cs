using Microsoft.Extensions.Hosting;

namespace Mailroom.Host;

/// <summary>Leaves signals to the program: a web server of ours neither ends it nor keeps it from ending.</summary>
internal sealed class NoLifetime : IHostLifetime
{
    public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
