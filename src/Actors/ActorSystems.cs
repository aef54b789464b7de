using System.Net.Sockets;
using Akka.Actor;
using Akka.Actor.Setup;
using Akka.Configuration;
using Mailroom.Door;
using Mailroom.Input;
using Mailroom.Logs;
using Mailroom.Settings;

namespace Mailroom;

/// <summary>Makes the ActorSystem of a host or a node from its settings.</summary>
public static class ActorSystems
{
    /// <exception cref="UserError">the port is in use, or the settings can't be used</exception>
    public static ActorSystem Create(MailroomSettings settings, DoorSettings door, LogFile log)
    {
        var own = ConfigurationFactory.ParseString($"akka.loglevel = {Level(settings.Logs.Level)}");
        var setup = ActorSystemSetup.Create(
            BootstrapSetup.Create().WithConfig(own.WithFallback(settings.Config)),
            new LogSetup(log),
            new DoorSetup(door)
        );
        try
        {
            return ActorSystem.Create(door.Role == Role.Host ? Doors.HostSystem : Doors.NodeSystem, setup);
        }
        catch (Exception error) when (Cause<SocketException>(error) is { } socket)
        {
            throw new UserError(
                $"{Doors.Text(door.EndPoints[0])} can't be opened for nodes: {socket.Message}; choose another port with --set "
                    + "mailroom.remote.port=PORT (0 takes a free one)",
                ExitCode.Refused,
                error
            );
        }
    }

    private static string Level(Severity level) =>
        level switch
        {
            Severity.Debug => "DEBUG",
            Severity.Info => "INFO",
            Severity.Warning => "WARNING",
            _ => "ERROR",
        };

    private static T? Cause<T>(Exception? error)
        where T : Exception =>
        error switch
        {
            null => null,
            T found => found,
            AggregateException many => many.InnerExceptions.Select(Cause<T>).FirstOrDefault(cause => cause is not null),
            _ => Cause<T>(error.InnerException),
        };
}
