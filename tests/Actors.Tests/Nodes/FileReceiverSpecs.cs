using Akka.Actor;
using Mailroom.Client;
using Mailroom.Kinds;
using Mailroom.Sending;

namespace Mailroom.Nodes;

/// <summary>The node's side of files that go along with jobs, with this spec as its node.</summary>
public sealed class FileReceiverSpecs : ActorSpec
{
    private const int PartBytes = 100;

    private readonly DirectoryInfo _here = Directory.CreateTempSubdirectory("mailroom-here");
    private readonly DirectoryInfo _there = Directory.CreateTempSubdirectory("mailroom-there");
    private readonly JobFolders _folders = new();
    private readonly IActorRef _receiver;

    public FileReceiverSpecs() =>
        _receiver = ActorOfAsTestActorRef<FileReceiverActor>(
            Props.Create(() =>
                new FileReceiverActor(new FileReceiver.Settings(_there.FullName, 1_000_000, true), _folders, new TestTime(Clock))
            ),
            TestActor
        );

    protected override void AfterAll()
    {
        base.AfterAll();
        _here.Delete(recursive: true);
        _there.Delete(recursive: true);
    }

    private SentFiles Files(string text)
    {
        File.WriteAllText(Path.Combine(_here.FullName, "a"), text);
        return SentFiles.Of(new JobRequest("test", [], _here.FullName, Send: ["a"]), TestKind.Work(null, "ok"))!;
    }

    private void Offer(int job, SentFiles files) =>
        _receiver.Tell(new Keeper.TakeFiles(job, files.Manifest.Sha256, files.Manifest.Form.Length, PartBytes));

    private void Give(Keeper.WantFile want, SentFiles files) =>
        _receiver.Tell(new Keeper.FilePart(want.Job, want.File, want.At, files.Read(want.File, want.At, PartBytes)));

    /// <summary>Gives what is wanted until the node says that it has it.</summary>
    private Keeper.HaveFiles GiveAll(SentFiles files)
    {
        for (; ; )
            switch (ExpectMsg<object>())
            {
                case Keeper.WantFile want:
                    Give(want, files);
                    break;
                case Keeper.HaveFiles have:
                    return have;
            }
    }

    private string Text(int job) => File.ReadAllText(Path.Combine(_folders[job]!, "a"));

    [Fact]
    public void Files_should_come_one_job_after_the_other_and_go_with_it()
    {
        var (first, second) = (Files("first"), Files("second"));
        _ = second.Manifest;
        Offer(2, second);
        Offer(3, second);
        Offer(3, second); // the host asks again
        Assert.Equal(new Keeper.HaveFiles(2, second.Manifest.Sha256), GiveAll(second));
        Assert.Equal(new Keeper.HaveFiles(3, second.Manifest.Sha256), GiveAll(second));
        ExpectNoMsg(TimeSpan.Zero);
        Offer(3, second); // the answer was lost
        Assert.Equal(3, ExpectMsg<Keeper.HaveFiles>().Job);
        var (folder, other) = (_folders[2]!, _folders[3]!);
        Assert.NotEqual(folder, other);
        _receiver.Tell(new Keeper.DropFiles(2));
        Settle(_receiver);
        Assert.Equal((null, false, "second"), (_folders[2], Directory.Exists(folder), Text(3)));
        Sys.Stop(_receiver);
        AwaitAssert(() => Assert.False(Directory.Exists(other)));
    }

    [Fact]
    public void What_was_lost_should_be_asked_for_again_and_what_nobody_gives_should_hold_up_no_other_job()
    {
        var files = Files("text");
        Offer(1, files);
        var want = ExpectMsg<Keeper.WantFile>();
        Clock.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal(want, ExpectMsg<Keeper.WantFile>());
        Offer(2, files);
        _receiver.Tell(new Keeper.DropFiles(1));
        Assert.Equal(2, GiveAll(files).Job);
        Assert.Equal("text", Text(2));
    }

    [Fact]
    public void Files_of_a_job_that_is_run_again_should_be_those_of_now()
    {
        var before = Files("before");
        Offer(1, before);
        GiveAll(before);
        var now = Files("now");
        Offer(1, now); // the word that the first time is over was lost
        Assert.Equal(now.Manifest.Sha256, GiveAll(now).Hash);
        Assert.Equal("now", Text(1));
    }

    [Fact]
    public void What_can_not_be_should_be_told_the_host_and_leave_the_next_job_alone()
    {
        var files = Files("text");
        _receiver.Tell(new Keeper.TakeFiles(1, "../../etc", 9, PartBytes));
        Assert.Equal("what its host says of them can't be", ExpectMsg<Keeper.HaveFiles>().Wrong);
        _receiver.Tell(new Keeper.TakeFiles(1, files.Manifest.Sha256, int.MaxValue, PartBytes));
        Assert.NotNull(ExpectMsg<Keeper.HaveFiles>().Wrong);
        Offer(2, files);
        _receiver.Tell(new Keeper.FilePart(2, 0, 0, new byte[1]));
        Assert.Equal("the list of files came in parts of another size", Fish<Keeper.HaveFiles>().Wrong);
        Offer(3, files);
        Assert.Null(GiveAll(files).Wrong);
    }

    private T Fish<T>() => (T)FishForMessage(message => message is T);
}
