using System.Reflection;
using Mailroom.BuiltIn;
using Mailroom.Kinds;
using NetArchTest.Rules;

namespace Mailroom;

public class ArchitectureSpecs
{
    private static readonly string Framework = Path.GetDirectoryName(typeof(object).Assembly.Location)!;
    private static readonly Assembly Actors = typeof(HostRoot).Assembly;
    private static readonly Assembly Kinds = typeof(IKind).Assembly;
    private static readonly Assembly BuiltIn = typeof(Integrate).Assembly;

    /// <summary>The folders of src/Actors, and which of them each may know; Mailroom.Kinds lies below them all.</summary>
    public static TheoryData<string, string[]> OfActors() =>
        new()
        {
            { "Door", ["Logs"] },
            { "Inspection", ["Logs"] },
            { "Logs", [] },
            { "Batches", [] },
            { "Model", ["Batches"] },
            { "Sending", [] },
            { "Pools", ["Logs", "Inspection", "Batches", "Sending"] },
            { "Advice", ["Model", "Techniques"] },
            { "Journal", ["Logs", "Inspection", "Batches", "Model"] },
            { "Jobs", ["Techniques", "Logs", "Inspection", "Batches", "Model", "Pools", "Sending", "Advice", "Journal"] },
            { "Members", ["Logs", "Door", "Inspection"] },
            { "Nodes", ["Logs", "Door", "Inspection", "Batches", "Pools", "Sending", "Members"] },
            { "Wire", ["Logs", "Door", "Inspection", "Batches", "Pools", "Nodes"] },
            {
                "Observe",
                ["Techniques", "Logs", "Inspection", "Batches", "Model", "Pools", "Advice", "Journal", "Jobs", "Door", "Members", "Nodes"]
            },
            { "Settings", ["Logs", "Door", "Nodes", "Pools"] },
            { "Techniques", ["Settings", "Pools", "Model"] },
        };

    /// <summary>The same of src/Kinds.</summary>
    public static TheoryData<string, string[]> OfKinds() =>
        new()
        {
            { "Input", [] },
            { "Files", ["Input"] },
            { "Kinds", ["Input", "Files"] },
        };

    /// <summary>The same of src/BuiltIn.</summary>
    public static TheoryData<string, string[]> OfBuiltIn() =>
        new()
        {
            { "BuiltIn.Files", [] },
            { "BuiltIn.Integration", [] },
            { "BuiltIn.Pictures", [] },
            { "BuiltIn.Programs", ["BuiltIn.Files"] },
            { "BuiltIn.Text", [] },
            { "BuiltIn.Web", ["BuiltIn.Files", "BuiltIn.Text"] },
        };

    [Theory]
    [MemberData(nameof(OfActors))]
    public void Folder_of_Actors_should_know_only_those_below_it(string folder, string[] allowed) =>
        Layers.Check(Actors, OfActors(), folder, allowed);

    [Theory]
    [MemberData(nameof(OfKinds))]
    public void Folder_of_Kinds_should_know_only_those_below_it(string folder, string[] allowed) =>
        Layers.Check(Kinds, OfKinds(), folder, allowed);

    [Theory]
    [MemberData(nameof(OfBuiltIn))]
    public void Folder_of_BuiltIn_should_know_only_those_below_it(string folder, string[] allowed) =>
        Layers.Check(BuiltIn, OfBuiltIn(), folder, allowed);

    [Fact]
    public void Kinds_should_need_nothing_but_DotNet_and_a_logger() =>
        Assert.Equal(["Microsoft.Extensions.Logging.Abstractions"], Beyond(Kinds));

    [Fact]
    public void Built_in_kinds_should_know_nothing_of_actors() =>
        Assert.DoesNotContain(Beyond(BuiltIn), name => name.StartsWith("Akka", StringComparison.Ordinal) || name == "Mailroom.Actors");

    [Fact]
    public void Journal_should_know_SQLite_only_in_its_folder()
    {
        var others = Types.InAssembly(Actors).That().DoNotResideInNamespaceStartingWith("Mailroom.Journal.Sqlite");
        Assert.Empty(
            others.Should().NotHaveDependencyOnAny("Microsoft.Data.Sqlite", "Mailroom.Journal.Sqlite").GetResult().FailingTypeNames ?? []
        );
    }

    [Fact]
    public void Actors_should_know_no_built_in_kind() => Assert.DoesNotContain("Mailroom.BuiltIn", Beyond(Actors));

    private static IEnumerable<string> Beyond(Assembly assembly) =>
        assembly.GetReferencedAssemblies().Select(name => name.Name!).Where(name => !File.Exists(Path.Combine(Framework, name + ".dll")));

    [Fact]
    public void Actors_should_be_hidden_behind_their_faces()
    {
        var actors = Actors.GetTypes().Where(type => type.IsAssignableTo(typeof(Akka.Actor.ActorBase)));
        Assert.All(actors, actor => Assert.True(actor is { IsNotPublic: true, IsSealed: true }, $"{actor} is not internal sealed"));
    }
}
