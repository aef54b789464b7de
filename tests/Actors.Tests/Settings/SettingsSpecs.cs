using Mailroom.Input;

namespace Mailroom.Settings;

public class SettingsSpecs
{
    private static MailroomSettings Read(string text) => MailroomSettings.Read([TestSettings.Base, new SettingsLayer("mine.conf", text)]);

    private static string Refused(string text)
    {
        var error = Assert.Throws<UserError>(() => Read(text));
        Assert.Equal(ExitCode.Settings, error.ExitCode);
        return error.Message;
    }

    [Theory]
    [InlineData("utf-16")]
    [InlineData("utf-8")]
    public void Settings_should_be_read_as_the_mark_of_their_file_says(string encoding)
    {
        var path = Path.GetTempFileName();
        File.WriteAllText(path, "mailroom.threads.workers = 7", System.Text.Encoding.GetEncoding(encoding));
        Assert.Equal(7, SettingsFiles.Load("host.conf", [path], []).Threads.Workers);
        File.WriteAllBytes(path, [.. "# caf"u8, 0xE9]);
        Assert.Contains(
            "is no text in UTF-8",
            Assert.Throws<Mailroom.Input.UserError>(() => SettingsFiles.Load("host.conf", [path], [])).Message
        );
        File.Delete(path);
    }

    [Fact]
    public void Settings_should_take_the_defaults_from_mailroom_conf()
    {
        var settings = Read("");
        Assert.Equal(
            (Environment.ProcessorCount, 256, TimeSpan.FromSeconds(10)),
            (settings.Threads.Workers, settings.Async.InFlight, settings.Nodes.Lease)
        );
    }

    [Fact]
    public void Settings_should_let_later_layers_win() =>
        Assert.Equal(
            9,
            MailroomSettings
                .Read([TestSettings.Base, new("a", "mailroom.threads.workers = 3"), new("b", "mailroom { threads { workers = 9 } }")])
                .Threads.Workers
        );

    [Theory]
    [InlineData("", 5)]
    [InlineData("mailroom.jobs.attempts = 7", 7)]
    [InlineData("mailroom.jobs.retries = 7", 7)]
    public void Settings_should_take_attempts_by_their_old_name_too(string text, int attempts) =>
        Assert.Equal(attempts, Read(text).Jobs.Attempts);

    [Theory]
    [InlineData("mailroom.pool.batch-time = ${mailroom.pool.batch-time}", "${mailroom.pool.batch-time}")]
    [InlineData("mailroom.pool = ${mailroom.pool}", "${mailroom.pool}")]
    [InlineData("akka.a = ${akka}", "${akka}")]
    [InlineData("akka.a = { b = 1 }, akka.a = { c = ${akka.a} }", "${akka.a}")]
    [InlineData("akka.a = [1, ${akka}]", "${akka}")]
    [InlineData("akka.a = ${akka.b}\nakka.b = ${akka.a}", "${akka.")]
    public void Settings_should_refuse_what_leads_back_to_itself(string text, string circle) =>
        Assert.Matches(
            $@"^settings: mine\.conf:[12]: {System.Text.RegularExpressions.Regex.Escape(circle)}.* leads back to where it stands$",
            Refused(text)
        );

    [Theory]
    [InlineData("[0,B>6U?T]", "a '?' in a list stands between quotes only")]
    [InlineData("[[*]]", "a '*' in a list stands between quotes only")]
    [InlineData("[{ b = 1 } = 2]", "a '=' in a list stands between quotes only")]
    public void Settings_should_refuse_in_a_list_what_no_word_has(string list, string wrong) =>
        Assert.Equal($"settings: mine.conf:1: {wrong}", Refused($"akka.a = {list}"));

    [Theory]
    [InlineData("mailroom+=${}")]
    [InlineData("akka.a = [${?akka.b}]")]
    [InlineData("akka.a = ${?HOME}")]
    [InlineData("akka.a = $HOME")]
    [InlineData("akka.a = [$]")]
    [InlineData("akka.a = ${a, b}")]
    public void Settings_should_refuse_references_that_can_not_be_read(string text) =>
        Assert.Equal(
            "settings: mine.conf:1: a '$' stands between quotes, or names a key of this text, as in ${akka.loglevel}",
            Refused(text)
        );

    [Fact]
    public void Settings_should_take_anything_in_a_list_between_quotes() =>
        Assert.Equal(
            7,
            Read("akka.b = 1\nakka.a = [\"a?=b\", ${akka.b}, { c = ${akka.b} }]\nmailroom.threads.workers = 7").Threads.Workers
        );

    [Fact]
    public void Settings_should_take_the_same_value_twice() =>
        Assert.Equal(
            (7, 7),
            Read("akka.x { y = 7 }\nmailroom.threads.workers = ${akka.x.y}\nmailroom.async.in-flight = ${akka.x.y}") is var read
                ? (read.Threads.Workers, read.Async.InFlight)
                : default
        );

    [Theory]
    [InlineData("{", "}")]
    [InlineData("[", "]")]
    public void Settings_should_refuse_brackets_without_an_end(string open, string close)
    {
        var opened = string.Concat(Enumerable.Repeat(open == "{" ? "{a=" : "[", 100_000));
        var closed = string.Concat(Enumerable.Repeat(close, 100_000));
        Assert.Equal(
            "settings: mine.conf:1: brackets or keys within each other, more than 100 deep",
            Refused($"akka.a = {opened}{closed}")
        );
    }

    [Fact]
    public void Settings_should_refuse_keys_within_keys_and_references_without_an_end()
    {
        const string within = "settings: mine.conf:2: brackets or keys within each other, more than 100 deep";
        Assert.Equal(within, Refused("\n" + string.Join('.', Enumerable.Repeat("a", 50_000)) + " = 1"));
        Assert.Equal(within, Refused($"akka.a {{\n{string.Join('.', Enumerable.Repeat("a", 99))} {{ b = 1 }} }}"));
        Assert.Equal(
            "settings: mine.conf: its keys refer to keys that refer to keys, too deep to be followed",
            Refused(string.Concat(Enumerable.Range(0, 50_000).Select(n => $"akka.a{n} = ${{akka.a{n + 1}}}\n")) + "akka.a50000 = 1")
        );
    }

    [Fact]
    public void Settings_should_name_the_line_and_the_nearest_key() =>
        Assert.Equal(
            "settings: mine.conf:3: there is no setting 'mailroom.pool.bach-time'; did you mean 'mailroom.pool.batch-time'?; all are "
                + "in hocon/mailroom.conf",
            Refused("\nmailroom { pool {\n  bach-time = 5ms\n} }")
        );

    [Theory]
    [InlineData(
        "mailroom.threads.workers = many",
        "mine.conf:1: mailroom.threads.workers is 'many', but it takes a whole number from 0 to 256"
    )]
    [InlineData("mailroom.nodes.lease = 5", "is '5', but it takes a duration")]
    [InlineData("mailroom.nodes.lease = 10ms", "from 500ms to 1h")]
    [InlineData("mailroom.logs.level = wraning", "did you mean 'warning'?")]
    [InlineData("mailroom.wire.max-frame = 3 apples", "it takes a size such as 10kB")]
    [InlineData("mailroom.wire.max-payload = 3MiB", "more than half of mailroom.wire.max-frame")]
    [InlineData("mailroom.nodes.lease = 600ms", "shorter than two heartbeats")]
    [InlineData("mailroom.remote.address = \"somewhere\"", "mine.conf:1: mailroom.remote.address is 'somewhere', but it takes an address")]
    [InlineData("mailroom.remote.host = \"somewhere\"", "mine.conf:1: mailroom.remote.host is 'somewhere', but it takes an address")]
    [InlineData("mailroom.remote { address = \"0.0.0.0\", tls = off }", "is off, which it may be only where")]
    [InlineData("mailroom.remote.advertise = [\"host.example:4053\"]", "takes names or addresses without a port")]
    [InlineData("mailroom.remote.advertise = \"fd00::1\"", "takes names or addresses without a port")]
    [InlineData("mailrom.threads.workers = 1", "there is no setting 'mailrom.threads.workers'; did you mean 'mailroom.threads.workers'?")]
    public void Settings_should_say_what_is_wrong_and_what_is_allowed(string text, string expected) =>
        Assert.Contains(expected, Refused(text));

    [Theory]
    [InlineData("mailroom {\n  pool {\n", "mine.conf:2: the '{' is never closed")]
    [InlineData("mailroom { } }", "mine.conf:1: a '}' without its opening bracket")]
    [InlineData("mailroom.remote.host = \"127.0.0.1", "mine.conf:1: a string is never closed")]
    [InlineData("a = [1, 2", "the '[' is never closed")]
    public void Settings_should_find_what_the_parser_lets_pass(string text, string expected) => Assert.Contains(expected, Refused(text));

    [Fact]
    public void Settings_should_not_trip_over_brackets_in_comments_and_strings() =>
        Assert.Equal(5, Read("# { [ \"\nmailroom.threads.workers = 5 // }\nakka.x = \"} ]\"").Threads.Workers);

    [Theory]
    [InlineData("", "127.0.0.1:7")]
    [InlineData("mailroom.remote.host = \"::1\"", "[::1]:7")] // as it was called before
    [InlineData("mailroom.remote.address = \"0.0.0.0\"", "0.0.0.0:7")]
    [InlineData("mailroom.remote.address = localhost", "127.0.0.1:7")]
    public void Host_should_listen_where_the_settings_say(string text, string expected) =>
        Assert.Equal(expected, $"{Read(text).EndPoint(7)}");

    [Fact]
    public void Settings_should_leave_akkas_own_keys_to_akka() =>
        Assert.Equal("off", Read("akka.remote.log-sent-messages = off").Config.GetString("akka.remote.log-sent-messages"));

    [Theory]
    [InlineData("mailroom.secrets.environment = [\"A\", \"B\"]", "A B")]
    [InlineData("mailroom.secrets.environment = \"A, B\"", "A B")]
    [InlineData("mailroom.secrets.environment = \"\"", "")]
    [InlineData("", "NEWS_API_KEY PGPASSWORD")]
    public void Settings_should_take_a_list_or_words(string text, string expected) =>
        Assert.Equal(
            expected,
            string.Join(' ', MailroomSettings.Read([TestSettings.Base, new SettingsLayer("mine.conf", text)]).Secrets.Environment)
        );
}
