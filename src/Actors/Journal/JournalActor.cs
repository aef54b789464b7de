using Akka.Actor;
using Akka.Event;
using Microsoft.Data.Sqlite;

namespace Mailroom.Journal;

/// <inheritdoc cref="JournalWriter"/>
/// <remarks>It waits for the disk in its handlers, which is why it has a thread of its own.</remarks>
internal sealed class JournalActor : ReceiveActor
{
    private readonly ILoggingAdapter _log = Context.GetLogger();

    public JournalActor(JournalFile file)
    {
        Receive<JournalWriter.Accept>(accept => Sender.Tell(Accept(file, accept)));
        Receive<JournalWriter.End>(end => End(file, end));
        Receive<JournalWriter.Read>(read => Sender.Tell(file.Read(read.Job) is { } job ? job : new JournalWriter.NoSuchJob(read.Job)));
    }

    private object Accept(JournalFile file, JournalWriter.Accept accept)
    {
        try
        {
            return new JournalWriter.Accepted(accept.Request, file.Accept(accept.Job, accept.ArgumentsJson));
        }
        catch (SqliteException error)
        {
            _log.Error(error, "journal.failed to accept a job: {Reason}", error.Message);
            return new JournalWriter.Refused(accept.Request, $"the journal {file.Path} can't be written: {error.Message}");
        }
    }

    private void End(JournalFile file, JournalWriter.End end)
    {
        try
        {
            file.End(end.Job);
        }
        catch (SqliteException error)
        {
            _log.Error(error, "journal.failed to record the end of job {Job}: {Reason}", end.Job.Summary.Job, error.Message);
        }
    }
}
