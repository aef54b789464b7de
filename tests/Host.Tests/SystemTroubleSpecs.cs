using System.ComponentModel;
using System.Net.Sockets;
using Akka.Actor;
using Mailroom.Host.Hosting;
using Mailroom.Journal;

namespace Mailroom.Host;

public class SystemTroubleSpecs
{
    public static TheoryData<Exception> Troubles =>
        new(
            new IOException("No space left on device"),
            new UnauthorizedAccessException("denied"),
            new FileNotFoundException("gone"),
            new DirectoryNotFoundException("gone"),
            new SocketException((int)SocketError.TooManyOpenSockets),
            new Win32Exception(24),
            new StoreException("disk I/O error", mayPass: true, new IOException("of SQLite")),
            new InsufficientMemoryException("no memory"),
            new AskTimeoutException("late"),
            new AggregateException(new IOException("inside")),
            new TypeInitializationException("T", new IOException("inside"))
        );

    [Theory]
    [MemberData(nameof(Troubles))]
    public void Trouble_of_the_system_should_be_said_and_be_no_bug(Exception error)
    {
        var said = SystemTrouble.Of(error);
        Assert.NotNull(said);
        Assert.DoesNotContain('\n', said);
    }

    [Fact]
    public void Bug_should_stay_one() => Assert.Null(SystemTrouble.Of(new InvalidOperationException("ours", new FormatException())));
}
