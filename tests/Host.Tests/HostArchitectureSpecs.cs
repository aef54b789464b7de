using Mailroom.Host.Control;

namespace Mailroom.Host;

public class HostArchitectureSpecs
{
    /// <summary>The folders of src/Host, and which of them each may know; Console and the program itself lie above them all.</summary>
    public static TheoryData<string, string[]> Folders() =>
        new()
        {
            { "Host.Terminals", [] },
            { "Host.Web", [] },
            { "Host.Control", ["Host.Web"] },
            { "Host.Launch", ["Host.Control"] },
            { "Host.Joining", ["Host.Web"] },
            { "Host.Hosting", ["Host.Control", "Host.Joining", "Host.Launch"] },
            { "Host.Doctor", ["Host.Control", "Host.Joining"] },
            { "Host.Newsroom", ["Host.Web"] },
            { "Host.Comparison", ["Host.Terminals", "Host.Control", "Host.Launch"] },
            { "Host.Drills", ["Host.Control", "Host.Launch"] },
            { "Host.Lessons", ["Host.Control", "Host.Launch", "Host.Newsroom"] },
            {
                "Host.Console",
                [
                    "Host.Terminals",
                    "Host.Web",
                    "Host.Control",
                    "Host.Joining",
                    "Host.Launch",
                    "Host.Hosting",
                    "Host.Doctor",
                    "Host.Newsroom",
                    "Host.Comparison",
                    "Host.Drills",
                    "Host.Lessons",
                ]
            },
        };

    [Theory]
    [MemberData(nameof(Folders))]
    public void Folder_of_the_host_should_know_only_those_below_it(string folder, string[] allowed) =>
        Layers.Check(typeof(IMailroom).Assembly, Folders(), folder, allowed);
}
