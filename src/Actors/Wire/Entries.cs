using System.Runtime.Serialization;
using Google.Protobuf;
using Mailroom.Batches;
using Mailroom.Kinds;
using Mailroom.Logs;
using Mailroom.Nodes;
using Mailroom.Pools;
using static Mailroom.Wire.WireSerializer;

namespace Mailroom.Wire;

/// <summary>The closed list of messages between host and node, and their protobuf forms (mailroom.proto).</summary>
internal static partial class Entries
{
    public static readonly Entry[] All =
    [
        Entry.Of<Pool.Ask>(
            "ask",
            m => new Form.Ask { Life = m.Life },
            bytes => new Pool.Ask(0, "", "", 0, Form.Ask.Parser.ParseFrom(bytes).Life)
        ),
        Entry.Of<Pool.Report>("report", Write, bytes => ReadReport(Form.Report.Parser.ParseFrom(Bounded(bytes, 2, MaxOutcomes)))),
        Entry.Of<Pool.Part>(
            "part",
            m => new Form.Part
            {
                Lease = m.Lease,
                Piece = m.Piece,
                Index = m.Index,
                Bytes = UnsafeByteOperations.UnsafeWrap(m.Bytes.Bytes),
            },
            bytes => ReadPart(Form.Part.Parser.ParseFrom(bytes))
        ),
        Entry.Of<Pool.Held>("held", Write, bytes => ReadHeld(Form.Held.Parser.ParseFrom(Bounded(bytes, 0, 0, MaxPacked)))),
        Entry.Of<Pool.Decline>(
            "decline",
            m => new Form.Decline
            {
                Job = m.Job,
                Reason = m.Reason,
                Wished = m.IsWished,
            },
            bytes => ReadDecline(Form.Decline.Parser.ParseFrom(bytes))
        ),
        Entry.Of<Pool.Leave>("leave", _ => new Form.Leave(), _ => new Pool.Leave()),
        Entry.Of<Worker.Admitted>("admitted", _ => new Form.Admitted(), _ => new Worker.Admitted()),
        Entry.Of<Worker.Acknowledged>(
            "acknowledged",
            m => new Form.Acknowledged { Report = m.Report },
            bytes => new Worker.Acknowledged(Form.Acknowledged.Parser.ParseFrom(bytes).Report)
        ),
        Entry.Of<Worker.Recount>(
            "recount",
            m => new Form.Recount { Number = m.Number },
            bytes => new Worker.Recount(Form.Recount.Parser.ParseFrom(bytes).Number)
        ),
        Entry.Of<Worker.Open>("open", Write, bytes => ReadOpen(Form.OpenJob.Parser.ParseFrom(bytes))),
        Entry.Of<Worker.Close>(
            "close",
            m => new Form.CloseJob { Job = m.Job },
            bytes => new Worker.Close(Form.CloseJob.Parser.ParseFrom(bytes).Job)
        ),
        Entry.Of<Worker.Lease>("lease", Write, bytes => ReadLease(Form.Lease.Parser.ParseFrom(bytes))),
        Entry.Of<Gate.Join>("join", Write, bytes => ReadJoin(Form.Join.Parser.ParseFrom(Bounded(bytes, 6, MaxKinds)))),
        Entry.Of<Gate.Welcome>(
            "welcome",
            m => new Form.Welcome
            {
                HeartbeatTicks = m.Heartbeat.Ticks,
                LeaseTicks = m.Lease.Ticks,
                Protocol = m.Protocol,
                BringsKinds = m.BringsKinds,
            },
            bytes => ReadWelcome(Form.Welcome.Parser.ParseFrom(bytes))
        ),
        Entry.Of<Gate.Refused>(
            "refused",
            m => new Form.Refused { Reason = m.Reason },
            bytes => new Gate.Refused(Reason(Form.Refused.Parser.ParseFrom(bytes).Reason))
        ),
        Entry.Of<Keeper.Renew>("renew", Write, bytes => ReadRenew(Form.Renew.Parser.ParseFrom(Bounded(bytes, 1, MaxActors)))),
        Entry.Of<Keeper.Renewed>("renewed", _ => new Form.Renewed(), _ => new Keeper.Renewed()),
        Entry.Of<Keeper.Left>("left", _ => new Form.Left(), _ => new Keeper.Left()),
        Entry.Of<Keeper.Stuck>(
            "stuck",
            m => new Form.Stuck { Reason = m.Reason },
            bytes => new Keeper.Stuck(Reason(Form.Stuck.Parser.ParseFrom(bytes).Reason))
        ),
        Entry.Of<Keeper.Retire>(
            "retire",
            m => new Form.Retire
            {
                Now = m.Now,
                Patient = m.IsPatient,
                Reason = m.Reason ?? "",
            },
            bytes => ReadRetire(Form.Retire.Parser.ParseFrom(bytes))
        ),
        Entry.Of<Keeper.Recertify>("recertify", _ => new Form.Recertify(), _ => new Keeper.Recertify()),
        Entry.Of<Keeper.Certify>(
            "certify",
            m => new Form.Certify { Request = UnsafeByteOperations.UnsafeWrap(m.Request.AsMemory()) },
            bytes => ReadCertify(Form.Certify.Parser.ParseFrom(bytes))
        ),
        Entry.Of<Keeper.Certified>(
            "certified",
            m => new Form.Certified { Certificate = m.Certificate, Authority = m.Authority },
            bytes => ReadCertified(Form.Certified.Parser.ParseFrom(bytes))
        ),
        Entry.Of<Keeper.TellLogs>(
            "tell-logs",
            Write,
            bytes => ReadTellLogs(Form.TellLogs.Parser.ParseFrom(Bounded(bytes, 1, LogPart.MaxFiles)))
        ),
        Entry.Of<Keeper.Logs>("logs", Write, bytes => ReadLogs(Form.Logs.Parser.ParseFrom(bytes))),
        Entry.Of<Keeper.TakeFiles>("take-files", Write, bytes => ReadTakeFiles(Form.TakeFiles.Parser.ParseFrom(bytes))),
        Entry.Of<Keeper.WantFile>("want-file", Write, bytes => ReadWantFile(Form.WantFile.Parser.ParseFrom(bytes))),
        Entry.Of<Keeper.FilePart>("file-part", Write, bytes => ReadFilePart(Form.FilePart.Parser.ParseFrom(bytes))),
        Entry.Of<Keeper.HaveFiles>("have-files", Write, bytes => ReadHaveFiles(Form.HaveFiles.Parser.ParseFrom(bytes))),
        Entry.Of<Keeper.DropFiles>(
            "drop-files",
            m => new Form.DropFiles { Job = m.Job },
            bytes => new Keeper.DropFiles(Form.DropFiles.Parser.ParseFrom(bytes).Job)
        ),
        Entry.Of<Keeper.Dismissed>(
            "dismissed",
            m => new Form.Dismissed { Reason = m.Reason },
            bytes => new Keeper.Dismissed(Reason(Form.Dismissed.Parser.ParseFrom(bytes).Reason))
        ),
    ];

    // Names and versions; the rule of a node's name has the same bound.
    private const int MaxName = 64;

    // All of a node's, with the commas between them.
    private const int MaxLabels = Gate.MaxLabels * (MaxName + 1);

    // A kind's version names its assembly and its hash.
    private const int MaxVersion = 256;

    private const int MaxReason = 2_000;

    // As long as a worker may make it; see Runner.
    private const int MaxDetail = 8_001;

    private const int MaxPath = 256;

    // As many as mailroom.pool.batch-pieces allows.
    private const int MaxOutcomes = 16_384;
    private const int MaxActors = 2_000;
    private const int MaxKinds = 1_000;

    // Bytes of a list of leases or jobs: a worker holds a few.
    private const int MaxPacked = 64 * 1024;

    private static Pool.Part ReadPart(Form.Part form) => new(form.Lease, form.Piece, form.Index, Payload.Of(form.Bytes.Memory));

    private static Form.Held Write(Pool.Held held)
    {
        var form = new Form.Held { Recount = held.Recount };
        form.Leases.AddRange(held.Leases);
        form.Jobs.AddRange(held.Jobs);
        return form;
    }

    private static Pool.Held ReadHeld(Form.Held form) => new(form.Recount, [.. form.Leases], [.. form.Jobs]);

    private static Keeper.Retire ReadRetire(Form.Retire form) => new(form.Now, form.Patient, Text(form.Reason, MaxReason));

    private static Pool.Decline ReadDecline(Form.Decline form) => new(form.Job, Reason(form.Reason), form.Wished);

    private static Form.Report Write(Pool.Report report)
    {
        var (form, ends) = (
            new Form.Report
            {
                Number = report.Number,
                Job = report.Job,
                Lease = report.Lease,
            },
            report.Ends
        );
        if (ends.Done.Count > 0)
            (form.Done, form.Seconds) = (UnsafeByteOperations.UnsafeWrap(BatchForm.Write(ends.Done)), ends.DoneSeconds);
        foreach (var outcome in ends.Others)
        {
            form.Others.Add(
                new Form.Outcome
                {
                    Piece = outcome.Piece.Index,
                    Attempt = outcome.Piece.Attempt,
                    How = (int)outcome.How,
                    HasResult = outcome.Result is not null,
                    Result = outcome.Result is { } result ? UnsafeByteOperations.UnsafeWrap(result.Bytes) : ByteString.Empty,
                    Reason = outcome.Reason ?? "",
                    Detail = outcome.Detail ?? "",
                    Seconds = outcome.Seconds,
                    AfterTicks = outcome.After?.Ticks ?? 0,
                    Parts = outcome.Parts,
                }
            );
        }
        return form;
    }

    private static Pool.Report ReadReport(Form.Report form) =>
        new(
            form.Number,
            form.Job,
            form.Lease,
            new Ends(
                form.Done.IsEmpty ? Batch.Empty : BatchForm.Read(form.Done.Memory, MaxOutcomes),
                form.Seconds,
                [.. form.Others.Select(Read)]
            )
        );

    private static Outcome Read(Form.Outcome form) =>
        new(
            new Piece(form.Piece, form.Attempt, 0, Payload.None),
            Known<How>(form.How),
            form.HasResult ? Payload.Of(form.Result.Memory) : null,
            Text(form.Reason, MaxReason),
            Text(form.Detail, MaxDetail),
            form.Seconds,
            form.AfterTicks > 0 ? TimeSpan.FromTicks(form.AfterTicks) : null,
            form.Parts
        );

    private static Form.OpenJob Write(Worker.Open open) =>
        new()
        {
            Job = open.Spec.Job,
            Kind = open.Spec.Kind,
            Arguments = open.Spec.ArgumentsJson,
            TimeoutTicks = open.Spec.Timeout?.Ticks ?? 0,
            KindVersion = open.Spec.KindVersion,
            BringsFiles = open.Spec.BringsFiles,
        };

    private static Worker.Open ReadOpen(Form.OpenJob form) =>
        new(
            new JobSpec(
                form.Job,
                form.Kind,
                form.Arguments,
                form.TimeoutTicks > 0 ? TimeSpan.FromTicks(form.TimeoutTicks) : null,
                form.KindVersion,
                BringsFiles: form.BringsFiles
            ),
            Work: null
        );

    private static Form.Lease Write(Worker.Lease lease) =>
        new()
        {
            Id = lease.Id,
            Job = lease.Job,
            TimeTicks = lease.Time.Ticks,
            Pieces = UnsafeByteOperations.UnsafeWrap(BatchForm.Write(lease.Pieces)),
        };

    private static Worker.Lease ReadLease(Form.Lease form) =>
        new(form.Id, form.Job, BatchForm.Read(form.Pieces.Memory, MaxOutcomes), TimeSpan.FromTicks(Math.Max(0, form.TimeTicks)));

    private static Form.Join Write(Gate.Join join) =>
        new()
        {
            NodeId = ByteString.CopyFrom(join.NodeId.ToByteArray()),
            Pid = join.Pid,
            Machine = join.Machine,
            Version = join.Version,
            Workers = join.Workers,
            Protocol = join.Protocol,
            LeastProtocol = join.LeastProtocol,
            Labels = string.Join(',', join.Labels ?? []),
            TrustsKinds = join.TrustsKinds,
            Kinds = { join.Kinds.Select(kind => new Form.OwnKind { Name = kind.Name, Version = kind.Version }) },
        };

    private static Gate.Join ReadJoin(Form.Join form) =>
        new(
            form.NodeId.Length == 16 ? new Guid(form.NodeId.Span) : throw new SerializationException("a node's id has 16 bytes"),
            form.Pid,
            Cut(form.Machine, MaxName),
            Short(form.Version, MaxName),
            form.Workers,
            [.. form.Kinds.Select(kind => new Gate.OwnKind(Short(kind.Name, MaxName), Short(kind.Version, MaxVersion)))],
            form.Protocol,
            form.LeastProtocol,
            form.Labels.Length == 0 ? null : Short(form.Labels, MaxLabels).Split(','),
            form.TrustsKinds
        );

    private static Gate.Welcome ReadWelcome(Form.Welcome form) =>
        new(TimeSpan.FromTicks(form.HeartbeatTicks), TimeSpan.FromTicks(form.LeaseTicks), form.Protocol, form.BringsKinds);
}
