using System.Net.Sockets;
using Akka.Actor;
using Akka.Actor.Setup;
using Akka.Configuration;
using Akka.Remote;
using Mailroom.Input;
using Mailroom.Logs;
using Mailroom.Settings;

namespace Mailroom;

/// <summary>Makes the ActorSystem of a host or a node from its settings.</summary>
public static class ActorSystems
{
    /// <summary>The name of the host's ActorSystem, part of its address.</summary>
    public const string HostName = "mailroom";

    /// <param name="port">the port of Akka.Remote; 0 takes a free one</param>
    /// <exception cref="UserError">the port is in use, or the settings can't be used</exception>
    public static ActorSystem Create(string name, MailroomSettings settings, int port, LogFile log)
    {
        var own = ConfigurationFactory.ParseString(
            $$"""
            akka.loglevel = {{Level(settings.LogLevel)}}
            akka.remote.dot-netty.tcp {
              hostname = "{{settings.RemoteHost}}"
              port = {{port}}
              maximum-frame-size = {{settings.MaxFrame}}b
            }
            """);
        var setup = ActorSystemSetup.Create(BootstrapSetup.Create().WithConfig(own.WithFallback(settings.Config)), new LogSetup(log));
        try
        {
            return ActorSystem.Create(name, setup);
        }
        catch (Exception error) when (Cause<SocketException>(error) is { } socket)
        {
            throw new UserError($"{settings.RemoteHost}:{port} can't be opened for nodes: {socket.Message}; choose another port with --set mailroom.remote.port=PORT (0 takes a free one)", ExitCode.Refused, error);
        }
    }

    /// <summary>Where the system can be reached.</summary>
    public static Address AddressOf(ActorSystem system) => ((RemoteActorRefProvider)((ExtendedActorSystem)system).Provider).Transport.DefaultAddress;

    private static string Level(Severity level) => level switch
    {
        Severity.Debug => "DEBUG",
        Severity.Info => "INFO",
        Severity.Warning => "WARNING",
        _ => "ERROR",
    };

    private static T? Cause<T>(Exception? error) where T : Exception => error switch
    {
        null => null,
        T found => found,
        AggregateException many => many.InnerExceptions.Select(Cause<T>).FirstOrDefault(cause => cause is not null),
        _ => Cause<T>(error.InnerException),
    };
}
