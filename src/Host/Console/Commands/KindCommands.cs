using System.CommandLine;
using System.Text.Json.Nodes;
using Mailroom.Input;
using Mailroom.Kinds;

namespace Mailroom.Host.Console.Commands;

/// <summary><c>mailroom kinds</c>: what can be sent.</summary>
internal static class KindCommands
{
    public static void Add(CommandTree tree)
    {
        var kinds = new Command("kinds", "List the kinds of jobs; show one with its arguments.");
        tree.Add(tree.Root, kinds, (_, session, _) => Task.FromResult(List(session, tree.Catalogue)));
        var name = new Argument<string>("KIND") { HelpName = "KIND" };
        name.CompletionSources.Add([.. tree.Catalogue.All.Select(kind => kind.Name)]);
        tree.Add(
            kinds,
            new Command("show", "Show a kind and its arguments.") { name },
            (parsed, session, _) => Task.FromResult(Show(session, tree.Catalogue.Find(parsed.GetValue(name)!)))
        );
    }

    private static ExitCode List(Session session, Catalogue catalogue)
    {
        if (session.Options.Json)
            session.Terminal.Json(new JsonArray([.. catalogue.All.Select(kind => (JsonNode)Json(kind))]));
        else
            session.Terminal.Table(["KIND", "WHAT IT DOES"], catalogue.All.Select(kind => new[] { kind.Name, kind.Summary }), stretch: 1);
        return ExitCode.Done;
    }

    private static ExitCode Show(Session session, IKind kind)
    {
        if (session.Options.Json)
        {
            session.Terminal.Json(Json(kind));
            return ExitCode.Done;
        }
        session.Terminal.Data($"{kind.Name}: {kind.Summary}");
        session.Terminal.Data(
            $"runs by {string.Join(", ", kind.Techniques.Select(by => by.Word()))}; prefers {kind.Preferred.Word()}, because {kind.Because}"
        );
        session.Terminal.Table(
            ["ARGUMENT", "DEFAULT", "MEANING"],
            kind.Arguments.Select(a => new[] { a.Word, a.Required ? "(needed)" : a.DefaultText ?? "", a.Help }),
            stretch: 2
        );
        return ExitCode.Done;
    }

    private static JsonObject Json(IKind kind) =>
        new()
        {
            ["kind"] = kind.Name,
            ["summary"] = kind.Summary,
            ["techniques"] = new JsonArray([.. kind.Techniques.Select(by => (JsonNode)by.Word())]),
            ["prefers"] = kind.Preferred.Word(),
            ["because"] = kind.Because,
            ["arguments"] = new JsonArray([
                .. kind.Arguments.Select(a =>
                    (JsonNode)
                        new JsonObject
                        {
                            ["name"] = a.Name,
                            ["word"] = a.Word,
                            ["help"] = a.Help,
                            ["required"] = a.Required,
                            ["default"] = a.DefaultText,
                            ["allowed"] = a.Allowed,
                        }
                ),
            ]),
        };
}
