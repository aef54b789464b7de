using Akka.Event;
using Akka.TestKit.Xunit2;
using Mailroom.Logs;
using Microsoft.Extensions.Logging;

namespace Mailroom.Kinds;

public class PieceLogSpecs : TestKit
{
    private readonly PieceLog _log;

    public PieceLogSpecs()
    {
        Sys.EventStream.Subscribe(TestActor, typeof(Warning));
        _log = new PieceLog(Logging.GetLogger(Sys, "/user/worker-1"));
    }

    [Fact]
    public void Line_should_keep_its_named_values()
    {
        var error = new InvalidOperationException("no memory");
        _log.LogWarning(new EventId(0, "card.lost"), error, "{Job} {Card}", 3, "b");
        var told = ExpectMsg<Warning>();
        Assert.Equal(("3 b", error), (told.Message.ToString(), told.Cause));
        Assert.Equal("card.lost", ((EventMessage)told.Message).Event.Name);
        Assert.Equal(new Dictionary<string, object> { ["Job"] = 3, ["Card"] = "b" }, ((LogMessage)told.Message).GetProperties());
    }

    [Fact]
    public void State_that_is_no_template_should_be_told_as_its_text()
    {
        _log.Log(Microsoft.Extensions.Logging.LogLevel.Warning, default, 42, null, (state, _) => $"the answer is {{{state}}}");
        Assert.Equal("the answer is {42}", ExpectMsg<Warning>().Message.ToString());
    }

    [Fact]
    public void Line_without_an_event_of_the_kinds_own_should_be_one_that_a_piece_said()
    {
        _log.LogWarning("no more {Cards}", "cards");
        _log.LogWarning(new EventId(1, "CardLost"), "{Card}", "b"); // so .NET names it after the method that logs it
        _log.LogWarning(new EventId(1, "node.lost"), "{Node}", "node-1");
        for (var line = 0; line < 3; line++)
            Assert.Equal(Event.PieceSaid, ((EventMessage)ExpectMsg<Warning>().Message).Event);
    }

    [Fact]
    public void What_a_piece_says_should_name_the_piece()
    {
        Sys.EventStream.Subscribe(TestActor, typeof(Info));
        new PieceContext(7, 2, 1, true, _log, CancellationToken.None).Say("halfway {there}");
        var told = (EventMessage)ExpectMsg<Info>().Message;
        Assert.Equal((Event.PieceSaid, "7 2 attempt 1: halfway {there}"), (told.Event, told.ToString()));
    }
}
