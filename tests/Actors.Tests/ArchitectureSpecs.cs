using NetArchTest.Rules;

namespace Mailroom;

public class ArchitectureSpecs
{
    public static TheoryData<string, string[]> Folders() => new()
    {
        { "Input", [] },
        { "Files", ["Input"] },
        { "Door", ["Input", "Files"] },
        { "Inspection", [] },
        { "Kinds", ["Input", "Inspection", "Files"] },
        { "Logs", [] },
        { "Batches", ["Kinds"] },
        { "Pools", ["Input", "Inspection", "Kinds", "Batches"] },
        { "Advice", ["Input", "Kinds"] },
        { "Journal", ["Input", "Inspection", "Kinds", "Batches", "Advice"] },
        { "Jobs", ["Input", "Inspection", "Kinds", "Batches", "Pools", "Advice", "Journal"] },
        { "Nodes", ["Input", "Door", "Inspection", "Kinds", "Batches", "Pools"] },
        { "Wire", ["Input", "Door", "Inspection", "Kinds", "Batches", "Pools", "Nodes"] },
        { "Settings", ["Input", "Files", "Kinds", "Logs", "Nodes", "Pools"] },
    };

    [Theory]
    [MemberData(nameof(Folders))]
    public void Folder_should_know_only_those_below_it(string folder, string[] allowed)
    {
        var others = Folders().Select(row => (string)row[0]).Where(other => other != folder && !allowed.Contains(other)).Select(other => $"Mailroom.{other}").ToArray();
        var result = Types.InAssembly(typeof(HostRoot).Assembly).That().ResideInNamespaceStartingWith($"Mailroom.{folder}").ShouldNot().HaveDependencyOnAny(others).GetResult();
        Assert.True(result.IsSuccessful, $"{folder} knows too much: {string.Join(", ", result.FailingTypeNames ?? [])}");
    }

    [Fact]
    public void Actors_should_be_hidden_behind_their_faces()
    {
        var actors = typeof(HostRoot).Assembly.GetTypes().Where(type => type.IsAssignableTo(typeof(Akka.Actor.ActorBase)));
        Assert.All(actors, actor => Assert.True(actor is { IsNotPublic: true, IsSealed: true }, $"{actor} is not internal sealed"));
    }
}
