namespace Mailroom;

/// <summary>A spec that needs a program that not every machine has; where it is missing, it is skipped by name.</summary>
public sealed class InstalledFactAttribute : FactAttribute
{
    public InstalledFactAttribute(string program)
    {
        if (!(Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Any(folder => File.Exists(Path.Combine(folder, program))))
            Skip = $"{program} is not installed here";
    }
}
