using Mailroom.Client;
using Mailroom.Input;
using Mailroom.Kinds;
using Mailroom.Model;

namespace Mailroom.Host.Console;

/// <summary>
/// Which jobs are wanted: <c>state:failed</c>, <c>kind:fetch</c>, <c>by:async</c>, or text in name, kind or reason; all of them must fit.
/// </summary>
internal static class JobFilter
{
    private static readonly string[] Fields = ["state", "kind", "by"];
    private static readonly Wanted States = new(typeof(JobState));
    private static readonly Wanted Techniques = new(typeof(Technique));

    /// <exception cref="UserError">a word names a field or a value that there is not</exception>
    public static Func<JobSummary, bool> Of(IReadOnlyList<string> words)
    {
        var all = words.Select(One).ToList();
        return job => all.TrueForAll(fits => fits(job));
    }

    private static Func<JobSummary, bool> One(string word)
    {
        var (field, value) =
            word.Split(':', 2) is [var before, var behind] && before.All(char.IsAsciiLetterLower) ? (before, behind) : ("", word);
        return field switch
        {
            "state" => Exactly<JobState>(States, field, value) is var state ? job => job.State == state : null!,
            "by" => Exactly<Technique>(Techniques, field, value) is var by ? job => job.By == by : null!,
            "kind" => job => job.Kind == value,
            "" => job => Holds(job.Name, value) || Holds(job.Kind, value) || Holds(job.Reason, value),
            _ => throw new UserError(
                $"jobs: there is no field '{Visible.Text(field)}'; a filter is state:S, kind:K, by:T or text{Nearest.Hint(field, Fields)}"
            ),
        };
    }

    private static T Exactly<T>(Wanted wanted, string field, string value) =>
        wanted.TryRead(value, out var read) ? (T)read! : throw new UserError($"jobs: {field}: {wanted.Wrong(value)}");

    private static bool Holds(string? text, string part) => text?.Contains(part, StringComparison.OrdinalIgnoreCase) == true;
}
