using System.Runtime.InteropServices;

namespace Mailroom.Files;

/// <summary>
/// Who may read what this process makes. From <see cref="BePrivate"/> on only its user may; what is made for the user,
/// and by the programs that he runs, gets the mode that he has set himself.
/// </summary>
internal static partial class FileModes
{
    private const uint OwnerOnly = 0x3F; // 077: nothing for group and others

    private static readonly Lock Gate = new();
    private static uint? _users;

    public static void BePrivate()
    {
        if (OperatingSystem.IsWindows())
            return;
        lock (Gate)
            _users ??= Mask(OwnerOnly);
    }

    /// <summary>Makes something that belongs to the user and not to Mailroom, such as an answer's file.</summary>
    public static T ForUser<T>(Func<T> make)
    {
        using var _ = OfUser();
        return make();
    }

    /// <summary>Until it is disposed of, by the same thread and soon, new files get the mode that the user has set.</summary>
    public static Scope OfUser()
    {
        Gate.Enter();
        var isPrivate = _users is not null;
        if (_users is { } users)
            _ = Mask(users);
        return new Scope(isPrivate);
    }

    public readonly ref struct Scope(bool isPrivate)
    {
        public void Dispose()
        {
            if (isPrivate)
                _ = Mask(OwnerOnly);
            Gate.Exit();
        }
    }

    [LibraryImport("libc", EntryPoint = "umask")]
    private static partial uint Mask(uint mask);
}
