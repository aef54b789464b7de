namespace Mailroom.Input;

/// <summary>How much a number may be; of a duration, how many seconds.</summary>
[AttributeUsage(AttributeTargets.Parameter | AttributeTargets.Property)]
public class FromAttribute(double least, double to) : Attribute
{
    public double Least => least;

    public double Most => to;
}

/// <summary>How many bytes; sizes such as 64MiB are understood.</summary>
[AttributeUsage(AttributeTargets.Parameter | AttributeTargets.Property)]
public sealed class BytesAttribute(double from, double to) : FromAttribute(from, to);

/// <summary>What it was called before; still read, and not shown.</summary>
[AttributeUsage(AttributeTargets.Parameter | AttributeTargets.Property)]
internal sealed class FormerlyAttribute(string name) : Attribute
{
    public string Name => name;
}

/// <summary>A word that may be said instead of nothing.</summary>
[AttributeUsage(AttributeTargets.Parameter | AttributeTargets.Property)]
internal sealed class OrAttribute(string word) : Attribute
{
    public string Word => word;
}

/// <summary>A percentage from 0 to 100, with its sign or without.</summary>
[AttributeUsage(AttributeTargets.Parameter | AttributeTargets.Property)]
internal sealed class PercentAttribute : Attribute;
