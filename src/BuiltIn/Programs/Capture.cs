using Mailroom.Files;

namespace Mailroom.BuiltIn.Programs;

/// <summary>How much is kept of what a program writes.</summary>
/// <param name="Bytes">of stdout, and of stderr</param>
/// <param name="Cuts">whether what is more is dropped; otherwise it ends the program</param>
internal sealed record Kept(long Bytes, bool Cuts);

/// <summary>What a program has written to one of its outputs, up to a bound.</summary>
/// <param name="name">of the output</param>
internal sealed class Capture(string name, Kept kept)
{
    private const int InMemory = 64 * 1024;

    private readonly Spill _kept = new(InMemory);

    public bool IsCut { get; private set; }

    /// <summary>Why the program must end.</summary>
    public string? Problem { get; private set; }

    public void Take(ReadOnlySpan<byte> bytes)
    {
        var room = (int)Math.Min(bytes.Length, kept.Bytes - _kept.Length);
        IsCut |= room < bytes.Length;
        if (IsCut && !kept.Cuts)
            Problem ??=
                $"it wrote more than {kept.Bytes} bytes to {name} (--keep), and was ended; --keep-cut keeps the beginning and lets "
                + "it go on";
        try
        {
            _kept.Write(bytes[..room]);
        }
        catch (IOException error)
        {
            Problem ??= $"what it wrote to {name} can't be kept: {error.Message}";
        }
    }

    /// <summary>All of it, once.</summary>
    public byte[] Take()
    {
        using (_kept)
            return _kept.ToArray();
    }
}
