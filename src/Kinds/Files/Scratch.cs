namespace Mailroom.Files;

/// <summary>
/// Where this process puts what is too big for memory, and what processes of one host share: a folder of the state folder.
/// </summary>
internal static class Scratch
{
    public static string Folder { get; set; } = Path.GetTempPath();

    /// <summary>A file of its own that is gone when it is closed, or when this process ends.</summary>
    internal static FileStream Passing() =>
        new(
            NewPath(),
            new FileStreamOptions
            {
                Mode = FileMode.CreateNew,
                Access = FileAccess.ReadWrite,
                Options = FileOptions.DeleteOnClose,
                BufferSize = 0,
            }
        );

    internal static string NewPath() => Path.Combine(Folder, $"{Guid.NewGuid():n}.out");
}
