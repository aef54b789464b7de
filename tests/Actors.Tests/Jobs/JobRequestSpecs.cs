using System.Text.Json;
using Mailroom.Client;
using Mailroom.Kinds;

namespace Mailroom.Jobs;

public class JobRequestSpecs
{
    [Theory]
    [InlineData("attempts")]
    [InlineData("retries")] // as journals of version 0.1 have it
    public void Request_should_be_read_by_the_old_name_of_attempts_and_written_by_the_new(string name)
    {
        var request = JsonSerializer.Deserialize<JobRequest>(
            $$"""{"kind":"practice","arguments":{},"directory":"/","{{name}}":2}""",
            Codec.JsonOptions
        )!;
        Assert.Equal(2, request.Attempts);
        var written = JsonSerializer.Serialize(request, Codec.JsonOptions);
        Assert.Contains("\"attempts\":2", written);
        Assert.DoesNotContain("retries", written);
    }

    [Fact]
    public void Request_should_refuse_a_node_that_is_null()
    {
        var request = JsonSerializer.Deserialize<JobRequest>(
            """{"kind":"practice","arguments":{},"directory":"/","nodes":[null]}""",
            Codec.JsonOptions
        )!;
        Assert.Contains("nodes has 'null'", Assert.Throws<Input.UserError>(() => request.Check()).Message);
    }
}
