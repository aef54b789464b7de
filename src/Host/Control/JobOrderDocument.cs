using System.Text.Json.Serialization;
using Mailroom.Client;
using Mailroom.Model;

namespace Mailroom.Host.Control;

/// <summary>What a job was asked to do, in JSON.</summary>
/// <param name="Request">as it was sent</param>
/// <param name="Workers">that its pieces were made for</param>
internal sealed record JobOrderDocument(
    JobRow Job,
    [property: JsonConverter(typeof(OwnJson))] string Request,
    [property: JsonConverter(typeof(OwnJson))] string Arguments,
    string KindVersion,
    int Workers,
    DateTime BegunAt,
    string? Id = null
)
{
    public static JobOrderDocument Of(AcceptedJob job) =>
        new(
            JobRow.Of(job.Summary),
            job.Order.RequestJson,
            job.Order.ArgumentsJson,
            job.Order.KindVersion,
            job.Order.Workers,
            job.BegunAt.UtcDateTime,
            job.Order.Id
        );

    public AcceptedJob ToJob() => new(Job.ToSummary(), new JobOrder(Request, Arguments, KindVersion, Workers, Id), BegunAt);
}
