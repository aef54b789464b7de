using System.CommandLine;
using Mailroom.Files;
using Mailroom.Host.Console.Completion;
using Mailroom.Host.Hosting;
using Mailroom.Host.Terminals;
using Mailroom.Input;

namespace Mailroom.Host.Console.Commands;

/// <summary><c>mailroom man</c>: the pages of the manual, as roff.</summary>
internal static class ManCommand
{
    public static void Add(CommandTree tree)
    {
        var man = new Command("man", "Print a page of the manual: 'mailroom man send | man -l -'; or write all of them into a folder.");
        var options = new Declared<ManOptions>(man, "man");
        tree.Add(
            tree.Root,
            man,
            (parsed, session, _) => Task.FromResult(Print(session, ManPage.Of(tree.Root, RunningHost.ShownVersion), options.Read(parsed)))
        );
    }

    private static ExitCode Print(Session session, IReadOnlyList<ManPage> pages, ManOptions options)
    {
        if (options.Out is { } folder)
        {
            Write(session, pages, folder);
            return ExitCode.Done;
        }
        var name = options.Command is { } command ? $"mailroom-{command}" : "mailroom";
        var page = pages.FirstOrDefault(page => page.Name == name);
        if (page is null)
        {
            var names = pages.Skip(1).Select(page => page.Name["mailroom-".Length..]).ToList();
            throw new UserError(
                $"man: there is no command '{Visible.Text(options.Command!)}'; there are {string.Join(", ", names)}"
                    + Nearest.Hint(options.Command!, names),
                ExitCode.NotFound
            );
        }
        session.Terminal.Data(page.Text.TrimEnd('\n'));
        return ExitCode.Done;
    }

    private static void Write(Session session, IReadOnlyList<ManPage> pages, string folder)
    {
        try
        {
            Directory.CreateDirectory(Disk.Full(folder));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new UserError($"--out {Visible.Text(folder)} is no folder to write into: {error.Message}", ExitCode.Refused, error);
        }
        foreach (var page in pages)
            OutputFile.Write("--out", Path.Combine(folder, page.Name + ".1"), page.Text);
        session.Terminal.Notice($"{Quantity.Of(pages.Count, "page")} written into {Visible.Text(folder)}");
    }
}
