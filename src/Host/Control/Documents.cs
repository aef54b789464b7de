using System.Text.Json.Nodes;
using Mailroom.Batches;
using Mailroom.Client;
using Mailroom.Kinds;
using Mailroom.Logs;
using Mailroom.Model;

namespace Mailroom.Host.Control;

/// <summary>The documents that are seen from outside, made of a host's own records, and made into them again.</summary>
internal static class Documents
{
    extension(JobRow row)
    {
        public static JobRow Of(JobSummary job) =>
            new(
                job.Job,
                job.Kind,
                job.By,
                job.State,
                job.Pieces,
                Math.Round(job.Seconds, 6),
                job.Workers,
                job.Priority,
                job.AcceptedAt.UtcDateTime,
                job.Name,
                job.Reason
            );

        public JobSummary ToSummary() =>
            new(
                row.Job,
                row.Kind,
                row.By,
                row.State,
                row.Name,
                row.Priority,
                row.AcceptedAt,
                row.Pieces,
                row.Seconds,
                row.Workers,
                row.Reason
            );
    }

    extension(JobDocument document)
    {
        /// <summary>How a job ended, or how it stands.</summary>
        public static JobDocument Of(JobDetail job)
        {
            var row = JobRow.Of(job.Summary);
            return new(
                row.Job,
                row.Kind,
                row.By,
                row.State,
                job.Answer?.Json,
                row.Pieces,
                row.Seconds,
                row.Workers,
                row.Priority,
                row.AcceptedAt,
                row.Name,
                row.Reason
            )
            {
                Notices = job.Answer?.Notices,
                Because = job.Because,
                Profile = job.Profile,
                Failures = job.Failures.IsEmpty ? null : [.. job.Failures.Select(dead => JobFailure.After(dead))],
            };
        }

        /// <summary>The same with every stack, the attempts that failed, and the last lines that were logged of dead pieces.</summary>
        public static JobDocument Shown(JobDetail job, ILookup<int, LogLine> log) =>
            Detailed(job, dead => new JsonArray([.. log[dead.Piece.Index].Select(line => (JsonNode)line.ToJson())]));

        /// <summary>The same with all that another process needs to show the job as its host would.</summary>
        public static JobDocument Whole(JobDetail job) =>
            Detailed(job, _ => null) with
            {
                Told = new JobText(job.ArgumentsJson, job.Answer?.Text, job.Answer?.IsExact ?? false, job.Answer?.File),
            };

        /// <summary>What <c>Whole</c> was made of.</summary>
        public JobDetail ToDetail() =>
            new(
                document.ToSummary(),
                document.Told?.Arguments ?? "{}",
                document.Answer is null
                    ? null
                    : new Answer(
                        document.Answer,
                        document.Told?.Text ?? "",
                        document.Notices,
                        document.Told?.IsExact ?? false,
                        document.Told?.File
                    ),
                [.. (document.Failures ?? []).Select(dead => dead.ToOutcome())],
                [.. (document.Attempts ?? []).Select(attempt => attempt.ToOutcome())],
                document.Because,
                document.Profile
            );
    }

    extension(JobFailure failure)
    {
        /// <param name="last">its last attempt</param>
        public static JobFailure After(Outcome last) => new(last.Piece.Index, last.Attempts, last.Reason ?? "", last.By.Node);

        private Outcome ToOutcome() =>
            new(
                new Piece(failure.Piece, failure.Attempts, 0, Payload.None),
                How.GaveUp,
                null,
                failure.Reason,
                failure.Detail?.GetString(),
                0
            )
            {
                By = new RanBy(failure.Node, ""),
            };
    }

    extension(JobAttempt attempt)
    {
        public static JobAttempt Of(Outcome outcome) =>
            new(
                outcome.Piece.Index,
                outcome.Piece.Attempt,
                outcome.How == How.Crashed,
                outcome.At,
                outcome.By.Node,
                outcome.By.Worker,
                outcome.Seconds,
                outcome.Reason ?? "",
                outcome.Detail
            );

        private Outcome ToOutcome() =>
            new(
                new Piece(attempt.Piece, attempt.Attempt, 0, Payload.None),
                attempt.Crashed ? How.Crashed : How.Failed,
                null,
                attempt.Reason,
                attempt.Detail,
                attempt.Seconds
            )
            {
                By = new RanBy(attempt.Node, attempt.Worker),
                At = attempt.At,
            };
    }

    private static JobDocument Detailed(JobDetail job, Func<Outcome, JsonArray?> log) =>
        JobDocument.Of(job) with
        {
            Failures = job.Failures.IsEmpty
                ? null
                : [.. job.Failures.Select(dead => JobFailure.After(dead) with { Detail = Contract.Element(dead.Detail), Log = log(dead) })],
            Attempts = job.Attempts.IsEmpty ? null : [.. job.Attempts.Select(JobAttempt.Of)],
        };
}
