using Mailroom.Batches;
using Mailroom.Client;
using Mailroom.Host.Console;
using Mailroom.Input;
using Mailroom.Kinds;
using Mailroom.Model;

namespace Mailroom.Host;

public class JobExportSpecs
{
    private static JobDetail Job(string? answer) =>
        new(
            new JobSummary(
                7,
                "fetch",
                Technique.Async,
                JobState.Completed,
                null,
                Priority.Normal,
                DateTimeOffset.UnixEpoch,
                new PieceCounts(1, 1, 0, 0),
                1,
                1,
                null
            ),
            "{}",
            answer is null ? null : new Answer(answer, ""),
            [],
            []
        );

    [Theory]
    [InlineData(
        """{"ok":1,"rows":[{"url":"a,b","bytes":5,"error":null},{"url":"say \"hi\"","bytes":0.5,"error":"x\ny"}]}""",
        "url,bytes,error\n\"a,b\",5,\n\"say \"\"hi\"\"\",0.5,\"x\ny\"\n"
    )]
    [InlineData("""[{"a":true}]""", "a\ntrue\n")]
    public void Export_should_be_csv_as_every_program_reads_it(string answer, string csv) => Assert.Equal(csv, JobExport.Csv(Job(answer)));

    [Theory]
    [InlineData("""{"value":3}""", "has no rows")]
    [InlineData(null, "has no answer to export")]
    public void Export_should_say_why_there_is_nothing_to_export(string? answer, string said) =>
        Assert.Contains(said, Assert.Throws<UserError>(() => JobExport.Csv(Job(answer))).Message);

    [Fact]
    public void Export_for_a_spreadsheet_should_hold_no_formula_and_change_no_number() =>
        Assert.Equal(
            "text,number\n'=1+1,-5\n'@x,1\n'-2,2\n'+3,3\nplain,4\n",
            JobExport.Csv(
                Job(
                    """
                    [{"text":"=1+1","number":-5},{"text":"@x","number":1},{"text":"-2","number":2},
                    {"text":"+3","number":3},{"text":"plain","number":4}]
                    """
                ),
                isSafe: true
            )
        );
}
