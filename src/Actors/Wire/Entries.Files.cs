using Google.Protobuf;
using Mailroom.Nodes;

namespace Mailroom.Wire;

/// <remarks>Files that go along with jobs.</remarks>
internal static partial class Entries
{
    // 64 hexadecimal digits.
    private const int MaxHash = 64;

    private static Form.TakeFiles Write(Keeper.TakeFiles take) =>
        new()
        {
            Job = take.Job,
            Hash = take.Hash,
            Bytes = take.Bytes,
            PartBytes = take.PartBytes,
        };

    private static Keeper.TakeFiles ReadTakeFiles(Form.TakeFiles form) =>
        new(form.Job, Short(form.Hash, MaxHash), form.Bytes, form.PartBytes);

    private static Form.WantFile Write(Keeper.WantFile want) =>
        new()
        {
            Job = want.Job,
            File = want.File,
            At = want.At,
        };

    private static Keeper.WantFile ReadWantFile(Form.WantFile form) => new(form.Job, form.File, form.At);

    private static Form.FilePart Write(Keeper.FilePart part) =>
        new()
        {
            Job = part.Job,
            File = part.File,
            At = part.At,
            Bytes = UnsafeByteOperations.UnsafeWrap(part.Bytes),
        };

    private static Keeper.FilePart ReadFilePart(Form.FilePart form) => new(form.Job, form.File, form.At, form.Bytes.Memory);

    private static Form.HaveFiles Write(Keeper.HaveFiles have) =>
        new()
        {
            Job = have.Job,
            Hash = have.Hash,
            Wrong = have.Wrong ?? "",
        };

    private static Keeper.HaveFiles ReadHaveFiles(Form.HaveFiles form) =>
        new(form.Job, Short(form.Hash, MaxHash), Text(form.Wrong, MaxReason));
}
