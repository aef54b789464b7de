using System.Diagnostics;
using Mailroom.Advice;
using Mailroom.Client;
using Mailroom.Host.Comparison;
using Mailroom.Input;
using Mailroom.Kinds;
using Mailroom.Model;
using SkiaSharp;

namespace Mailroom.Host;

public sealed class ComparisonSpecs : IDisposable
{
    // 200 pieces that wait 20 ms and let go of their thread.
    private static readonly Figures Waiting = new(
        Result(
            new Profile(200, 0.02, 0.0001, 0.0001, 0, 8, Workers: 2),
            plain: new Sample(4, 0.12, 0, 200_000, 0, 0, 5_000_000, "200", null),
            threads: new Sample(2, 0.16, 0, 3_000_000, 0, 0, 3_000_000, "200", null),
            processes: new Sample(2.1, 0.8, 34_000, 9_000_000, 1, 0.016, 31_000_000, "200", null),
            async: new Sample(0.022, 0.05, 0, 600_000, 0, 0, 4_000_000, "200", null)
        ),
        ComparisonPage.Workers
    );

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("mailroom-page-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void Shares_should_add_up_and_be_of_as_many_pieces_as_one_thread_holds()
    {
        var rows = Waiting.Times.Skip(1).ToDictionary(row => row[0], row => row[5..].Select(cell => int.Parse(cell[..^2])).ToList());
        Assert.All(rows.Values, shares => Assert.Equal(100, shares.Sum()));
        Assert.Equal([3, 97, 0], rows["sequential"]);
        Assert.Equal([1, 99, 0], rows["async"]);
        Assert.EndsWith("sequential 1, threads 2, processes 2, async 200 in flight", Waiting.Shares);
    }

    [Fact]
    public void Page_should_have_what_was_measured_where_and_how_and_need_nothing_else()
    {
        var html = Page();
        Assert.Contains("<h1>practice: async</h1>", html);
        Assert.Contains("<th>computing</th>", html);
        Assert.Contains("<td>181.82</td>", html);
        Assert.Contains("mailroom compare practice --count 200 --wait 20ms &lt;&amp;&gt;", html);
        Assert.Contains("2026-01-02 03:04 UTC, mailroom 1.2.3, .NET ", html);
        Assert.Contains($"{Environment.ProcessorCount} cores", html);
        Assert.Equal(3, html.Split("<circle").Length - 1);
        Assert.DoesNotContain("src=", html);
        Assert.DoesNotContain("href=", html);
    }

    [InstalledFact("chromium")]
    public async Task Page_should_show_its_charts_and_fit_a_phone()
    {
        const int width = 500; // a headless Chromium has no narrower window
        var (page, picture) = (Path.Combine(_folder.FullName, "page.html"), Path.Combine(_folder.FullName, "page.png"));
        await File.WriteAllTextAsync(page, Page());
        string[] flags =
        [
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--hide-scrollbars",
            $"--user-data-dir={Path.Combine(_folder.FullName, "profile")}",
            $"--window-size={width},2200",
            $"--screenshot={picture}",
            new Uri(page).AbsoluteUri,
        ];
        using var chromium = Process.Start(new ProcessStartInfo("chromium", flags) { RedirectStandardError = true })!;
        await chromium.StandardError.ReadToEndAsync();
        await chromium.WaitForExitAsync();

        using var seen = SKBitmap.Decode(picture);
        Assert.Equal(width, seen.Width);
        var paper = seen.GetPixel(2, 2);
        for (var y = 0; y < seen.Height; y++)
            Assert.Equal(paper, seen.GetPixel(width - 3, y)); // nothing sticks out
        // Bars in their colours: 4 s is as long as the chart allows, 22 ms hardly to be seen.
        var lengths = new[] { "#8a8f9c", "#2f6fb7", "#c2571a", "#2c8c5a" }.Select(colour => Longest(seen, SKColor.Parse(colour))).ToList();
        Assert.InRange(lengths[0], 250, width);
        Assert.InRange(lengths[1], lengths[0] * 0.45, lengths[0] * 0.55);
        Assert.InRange(lengths[2], lengths[1], lengths[0] * 0.6);
        Assert.InRange(lengths[3], 1, width);
    }

    /// <summary>The longest row of pixels of a colour.</summary>
    private static int Longest(SKBitmap picture, SKColor colour)
    {
        var longest = 0;
        for (var y = 0; y < picture.Height; y++)
        for (var (x, run) = (0, 0); x < picture.Width; x++)
        {
            run = picture.GetPixel(x, y) == colour ? run + 1 : 0;
            longest = Math.Max(longest, run);
        }
        return longest;
    }

    private static string Page() =>
        ComparisonPage.Html(
            Waiting,
            new Verdict(Technique.Async, "async takes 22ms", Confidence.Clear, "if it did not wait"),
            "mailroom compare practice --count 200 --wait 20ms <&>",
            "mailroom send practice --by async",
            "1.2.3",
            new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero)
        );

    private static ContestResult Result(Profile profile, Sample plain, Sample threads, Sample processes, Sample async) =>
        new(
            "practice",
            Workers: 2,
            new Runs("sequential", [plain]),
            new Dictionary<Technique, Runs>
            {
                [Technique.Threads] = new("threads", [threads]),
                [Technique.Processes] = new("processes", [processes]),
                [Technique.Async] = new("async", [async]),
            },
            profile,
            Overheads.Usual,
            Crowding: 1,
            (0.8, 1.9)
        );
}
