using Google.Protobuf;
using Mailroom.Inspection;
using Mailroom.Logs;
using Mailroom.Nodes;

namespace Mailroom.Wire;

/// <remarks>A heartbeat, with what the node has used and what its actors do.</remarks>
internal static partial class Entries
{
    // Seconds; more is not looked at.
    private const double MaxRoundTrip = 3_600;

    private const int MaxFileName = 200;

    // Times of which others can be taken.
    private static readonly long MinTicks = DateTimeOffset.UnixEpoch.Ticks;
    private static readonly long MaxTicks = new DateTime(9000, 1, 1, 0, 0, 0, DateTimeKind.Utc).Ticks;

    private static Form.Renew Write(Keeper.Renew renew)
    {
        var usage = renew.Usage;
        var form = new Form.Renew
        {
            RoundTripSeconds = renew.RoundTrip.TotalSeconds,
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
            form.Actors.Add(
                new Form.ActorRow
                {
                    Path = actor.Path,
                    State = actor.State,
                    Mailbox = actor.Mailbox,
                    OldestSeconds = actor.OldestSeconds,
                    Handled = actor.Handled,
                    Rate = actor.Rate,
                    Job = actor.Job ?? 0,
                    Piece = actor.Piece + 1 ?? 0,
                }
            );
        }
        return form;
    }

    private static Keeper.Renew ReadRenew(Form.Renew form) =>
        new(
            ReadUsage(form.Usage ?? new Form.Usage()),
            [
                .. form.Actors.Select(f => new ActorReport(
                    "",
                    Cut(f.Path, MaxPath),
                    Cut(f.State, MaxName),
                    f.Mailbox,
                    Sound(f.OldestSeconds),
                    f.Handled,
                    Sound(f.Rate),
                    f.Job > 0 ? f.Job : null,
                    f.Piece > 0 ? f.Piece - 1 : null
                )),
            ],
            TimeSpan.FromSeconds(Math.Min(MaxRoundTrip, Sound(form.RoundTripSeconds)))
        );

    private static Usage ReadUsage(Form.Usage form) =>
        new(
            "",
            form.Pid,
            Sound(form.CpuSeconds),
            Math.Max(0, form.AllocatedBytes),
            Math.Max(0, form.Collections),
            Sound(form.PauseSeconds),
            Math.Max(0, form.MemoryBytes),
            Math.Max(0, form.WireBytes)
        );

    private static Form.TellLogs Write(Keeper.TellLogs tell) =>
        new() { Known = { tell.Known.Select(mark => new Form.LogMark { File = mark.File, Bytes = mark.Bytes }) } };

    private static Keeper.TellLogs ReadTellLogs(Form.TellLogs form) =>
        new([.. form.Known.Select(mark => new LogMark(Short(mark.File, MaxFileName), Math.Max(0, mark.Bytes)))]);

    private static Form.Logs Write(Keeper.Logs logs)
    {
        var form = new Form.Logs { NowTicks = logs.Now.UtcTicks };
        if (logs.Part is { } part)
            (form.File, form.At, form.Bytes) = (part.File, part.At, UnsafeByteOperations.UnsafeWrap(part.Bytes));
        return form;
    }

    private static Keeper.Logs ReadLogs(Form.Logs form) =>
        new(
            form.Bytes.Length > LogPart.MaxBytes
                    ? throw new FormatException($"a log in pieces of {form.Bytes.Length} bytes, where at most {LogPart.MaxBytes} are taken")
                : form.Bytes.IsEmpty ? null
                : new LogPart(Short(form.File, MaxFileName), form.At, form.Bytes.Memory),
            new DateTimeOffset(Math.Clamp(form.NowTicks, MinTicks, MaxTicks), TimeSpan.Zero)
        );
}
