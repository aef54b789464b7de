using System.Collections.Immutable;
using Akka.Actor;
using Akka.Serialization;
using Google.Protobuf;
using Mailroom.Inspection;
using Mailroom.Kinds;
using Mailroom.Nodes;
using Mailroom.Pools;
using static Mailroom.Wire.WireSerializer;

namespace Mailroom.Wire;

/// <summary>The closed list of messages between host and node, and their protobuf forms (mailroom.proto).</summary>
internal static class Entries
{
    public static readonly Entry[] All =
    [
        Entry.Of<Pool.Ask>("ask",
            m => new Form.Ask { Session = m.Session, Node = m.Node, Name = m.Name, Width = m.Width, Life = m.Life },
            (bytes, _) => ReadAsk(Form.Ask.Parser.ParseFrom(bytes))),
        Entry.Of<Pool.Report>("report", Write, (bytes, _) => ReadReport(Form.Report.Parser.ParseFrom(bytes))),
        Entry.Of<Pool.Part>("part",
            m => new Form.Part { Session = m.Session, Lease = m.Lease, Piece = m.Piece, Index = m.Index, Bytes = UnsafeByteOperations.UnsafeWrap(m.Bytes.Bytes) },
            (bytes, _) => ReadPart(Form.Part.Parser.ParseFrom(bytes))),
        Entry.Of<Pool.Held>("held", Write, (bytes, _) => ReadHeld(Form.Held.Parser.ParseFrom(bytes))),
        Entry.Of<Pool.Decline>("decline",
            m => new Form.Decline { Session = m.Session, Job = m.Job, Reason = m.Reason },
            (bytes, _) => ReadDecline(Form.Decline.Parser.ParseFrom(bytes))),
        Entry.Of<Pool.Leave>("leave",
            m => new Form.Leave { Session = m.Session },
            (bytes, _) => new Pool.Leave(Form.Leave.Parser.ParseFrom(bytes).Session)),
        Entry.Of<Worker.Admitted>("admitted", _ => new Form.Admitted(), (_, _) => new Worker.Admitted()),
        Entry.Of<Worker.Acknowledged>("acknowledged",
            m => new Form.Acknowledged { Report = m.Report },
            (bytes, _) => new Worker.Acknowledged(Form.Acknowledged.Parser.ParseFrom(bytes).Report)),
        Entry.Of<Worker.Recount>("recount",
            m => new Form.Recount { Number = m.Number },
            (bytes, _) => new Worker.Recount(Form.Recount.Parser.ParseFrom(bytes).Number)),
        Entry.Of<Worker.Open>("open", Write, (bytes, _) => ReadOpen(Form.OpenJob.Parser.ParseFrom(bytes))),
        Entry.Of<Worker.Close>("close",
            m => new Form.CloseJob { Job = m.Job },
            (bytes, _) => new Worker.Close(Form.CloseJob.Parser.ParseFrom(bytes).Job)),
        Entry.Of<Worker.Lease>("lease", Write, (bytes, _) => ReadLease(Form.Lease.Parser.ParseFrom(bytes))),
        Entry.Of<Gate.Join>("join", Write, (bytes, _) => ReadJoin(Form.Join.Parser.ParseFrom(bytes))),
        Entry.Of<Gate.Welcome>("welcome", Write, (bytes, provider) => ReadWelcome(Form.Welcome.Parser.ParseFrom(bytes), provider)),
        Entry.Of<Gate.Refused>("refused",
            m => new Form.Refused { Reason = m.Reason },
            (bytes, _) => new Gate.Refused(Form.Refused.Parser.ParseFrom(bytes).Reason)),
        Entry.Of<Keeper.Renew>("renew", Write, (bytes, _) => ReadRenew(Form.Renew.Parser.ParseFrom(bytes))),
        Entry.Of<Keeper.Renewed>("renewed",
            m => new Form.Renewed { Session = m.Session },
            (bytes, _) => new Keeper.Renewed(Form.Renewed.Parser.ParseFrom(bytes).Session)),
        Entry.Of<Keeper.Left>("left",
            m => new Form.Left { Session = m.Session },
            (bytes, _) => new Keeper.Left(Form.Left.Parser.ParseFrom(bytes).Session)),
        Entry.Of<Keeper.Stuck>("stuck",
            m => new Form.Stuck { Session = m.Session, Reason = m.Reason },
            (bytes, _) => ReadStuck(Form.Stuck.Parser.ParseFrom(bytes))),
        Entry.Of<Keeper.Retire>("retire",
            m => new Form.Retire { Session = m.Session, Now = m.Now },
            (bytes, _) => ReadRetire(Form.Retire.Parser.ParseFrom(bytes))),
        Entry.Of<Keeper.Dismissed>("dismissed",
            m => new Form.Dismissed { Session = m.Session, Reason = m.Reason },
            (bytes, _) => ReadDismissed(Form.Dismissed.Parser.ParseFrom(bytes))),
    ];

    private static Pool.Ask ReadAsk(Form.Ask form) => new(form.Session, form.Node, form.Name, form.Width, form.Life);

    private static Pool.Part ReadPart(Form.Part form) => new(form.Session, form.Lease, form.Piece, form.Index, Payload.Of(form.Bytes.Memory));

    private static Form.Held Write(Pool.Held held)
    {
        var form = new Form.Held { Session = held.Session, Recount = held.Recount };
        form.Leases.AddRange(held.Leases);
        form.Jobs.AddRange(held.Jobs);
        return form;
    }

    private static Pool.Held ReadHeld(Form.Held form) => new(form.Session, form.Recount, [.. form.Leases], [.. form.Jobs]);

    private static Keeper.Stuck ReadStuck(Form.Stuck form) => new(form.Session, form.Reason);

    private static Keeper.Retire ReadRetire(Form.Retire form) => new(form.Session, form.Now);

    private static Pool.Decline ReadDecline(Form.Decline form) => new(form.Session, form.Job, form.Reason);

    private static Keeper.Dismissed ReadDismissed(Form.Dismissed form) => new(form.Session, form.Reason);

    private static Form.Report Write(Pool.Report report)
    {
        var form = new Form.Report { Session = report.Session, Number = report.Number, Job = report.Job, Lease = report.Lease };
        foreach (var outcome in report.Outcomes)
        {
            form.Outcomes.Add(new Form.Outcome
            {
                Piece = outcome.Piece,
                Attempt = outcome.Attempt,
                Verdict = (int)outcome.Verdict,
                HasResult = outcome.Result is not null,
                Result = outcome.Result is { } result ? UnsafeByteOperations.UnsafeWrap(result.Bytes) : ByteString.Empty,
                Reason = outcome.Reason ?? "",
                Detail = outcome.Detail ?? "",
                Seconds = outcome.Seconds,
                AfterTicks = outcome.After?.Ticks ?? 0,
                Parts = outcome.Parts,
            });
        }
        return form;
    }

    private static Pool.Report ReadReport(Form.Report form) => new(form.Session, form.Number, form.Job, form.Lease,
        [.. form.Outcomes.Select(f => new Outcome(f.Piece, f.Attempt, Known<Verdict>(f.Verdict), f.HasResult ? Payload.Of(f.Result.Memory) : null, Text(f.Reason), Text(f.Detail), double.IsFinite(f.Seconds) ? f.Seconds : 0,
            f.AfterTicks > 0 ? TimeSpan.FromTicks(f.AfterTicks) : null, f.Parts))]);

    private static Form.OpenJob Write(Worker.Open open) => new()
    {
        Job = open.Spec.Job,
        Kind = open.Spec.Kind,
        Arguments = open.Spec.ArgumentsJson,
        TimeoutTicks = open.Spec.Timeout?.Ticks ?? 0,
        KindVersion = open.Spec.KindVersion,
    };

    private static Worker.Open ReadOpen(Form.OpenJob form) =>
        new(new JobSpec(form.Job, form.Kind, form.Arguments, form.TimeoutTicks > 0 ? TimeSpan.FromTicks(form.TimeoutTicks) : null, form.KindVersion), Work: null);

    private static Form.Lease Write(Worker.Lease lease)
    {
        var form = new Form.Lease { Id = lease.Id, Job = lease.Job };
        foreach (var piece in lease.Pieces)
            form.Pieces.Add(new Form.Piece { Index = piece.Index, Attempt = piece.Attempt, Crashes = piece.Crashes, Payload = UnsafeByteOperations.UnsafeWrap(piece.Payload.Bytes) });
        return form;
    }

    private static Worker.Lease ReadLease(Form.Lease form) => new(form.Id, form.Job,
        [.. form.Pieces.Select(f => new Piece(f.Index, f.Attempt, f.Crashes, Payload.Of(f.Payload.Memory)))]);

    private static Form.Join Write(Gate.Join join) => new()
    {
        Name = join.Name,
        NodeId = ByteString.CopyFrom(join.NodeId.ToByteArray()),
        Pid = join.Pid,
        Machine = join.Machine,
        Version = join.Version,
        Workers = join.Workers,
        Token = join.Token,
        Kinds = { join.Kinds.Select(kind => new Form.OwnKind { Name = kind.Name, Version = kind.Version }) },
    };

    private static Gate.Join ReadJoin(Form.Join form) =>
        new(form.Name, new Guid(form.NodeId.Span), form.Pid, form.Machine, form.Version, form.Workers, form.Token, [.. form.Kinds.Select(kind => new Gate.OwnKind(kind.Name, kind.Version))]);

    private static Form.Welcome Write(Gate.Welcome welcome) => new()
    {
        Session = welcome.Session,
        HeartbeatTicks = welcome.Heartbeat.Ticks,
        LeaseTicks = welcome.Lease.Ticks,
        Keeper = Serialization.SerializedActorPath(welcome.Keeper),
        Pool = Serialization.SerializedActorPath(welcome.Pool),
    };

    private static Gate.Welcome ReadWelcome(Form.Welcome form, IActorRefProvider provider) => new(
        form.Session, TimeSpan.FromTicks(form.HeartbeatTicks), TimeSpan.FromTicks(form.LeaseTicks), provider.ResolveActorRef(form.Keeper), provider.ResolveActorRef(form.Pool));

    private static Form.Renew Write(Keeper.Renew renew)
    {
        var usage = renew.Usage;
        var form = new Form.Renew
        {
            Session = renew.Session,
            Node = usage.Node,
            Usage = new Form.Usage
            {
                Pid = usage.Pid,
                CpuSeconds = usage.CpuSeconds,
                AllocatedBytes = usage.AllocatedBytes,
                Collections = usage.Collections,
                PauseSeconds = usage.PauseSeconds,
                MemoryBytes = usage.MemoryBytes,
                WireBytes = usage.WireBytes,
            },
        };
        foreach (var actor in renew.Actors)
        {
            form.Actors.Add(new Form.ActorRow
            {
                Path = actor.Path,
                State = actor.State,
                Mailbox = actor.Mailbox,
                OldestSeconds = actor.OldestSeconds,
                Handled = actor.Handled,
                Rate = actor.Rate,
                Job = actor.Job ?? 0,
                Piece = actor.Piece + 1 ?? 0,
            });
        }
        return form;
    }

    private static Keeper.Renew ReadRenew(Form.Renew form) => new(form.Session, ReadUsage(form.Node, form.Usage ?? new Form.Usage()),
        [.. form.Actors.Select(f => new ActorReport(form.Node, f.Path, f.State, f.Mailbox, f.OldestSeconds, f.Handled, f.Rate, f.Job > 0 ? f.Job : null, f.Piece > 0 ? f.Piece - 1 : null))]);

    private static Usage ReadUsage(string node, Form.Usage form) =>
        new(node, form.Pid, form.CpuSeconds, form.AllocatedBytes, form.Collections, form.PauseSeconds, form.MemoryBytes, form.WireBytes);

    private static string? Text(string text) => text.Length == 0 ? null : text;

    private static T Known<T>(int value) where T : struct, Enum => Enum.IsDefined((T)(object)value)
        ? (T)(object)value
        : throw new System.Runtime.Serialization.SerializationException($"{value} is no {typeof(T).Name}");
}
