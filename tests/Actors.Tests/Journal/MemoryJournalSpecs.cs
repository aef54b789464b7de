using Mailroom.Journal.Memory;

namespace Mailroom.Journal;

public sealed class MemoryJournalSpecs : JournalStoreSpecs
{
    private readonly MemoryJobs _jobs = new();

    private protected override IJournalStore Open() => new MemoryJournal(_jobs);
}
