using System.Globalization;
using System.Linq.Expressions;
using System.Net;
using CsCheck;
using Mailroom.BuiltIn.Integration;
using Mailroom.BuiltIn.Web;
using Mailroom.Client;
using Mailroom.Door;
using Mailroom.Input;
using Mailroom.Logs;
using Mailroom.Settings;

namespace Mailroom.Properties;

/// <summary>Whatever is typed, it is taken or refused with a line; nothing else comes of it.</summary>
public class InputPropertySpecs
{
    private static readonly Gen<string> Number = Any.Nearly(
        "0",
        "7",
        "12",
        ".",
        "e",
        "-",
        "+",
        "_",
        "k",
        "M",
        "KiB",
        "B",
        "ms",
        "s",
        "h",
        "d",
        ":"
    );

    // A line that an error says has no control characters and no end in the middle.
    private static void IsLine(string line) => Assert.DoesNotContain(line, char.IsControl);

    private static void TakenOrRefused(Action read)
    {
        try
        {
            read();
        }
        catch (UserError error)
        {
            IsLine(error.Message);
        }
    }

    [Fact]
    public void Number_should_be_read_or_not()
    {
        Any.Holds(
            Number,
            text =>
            {
                Quantity.TryCount(text, out _);
                Quantity.TryNumber(text, out _);
                Quantity.TryDuration(text, out _);
                Quantity.TrySize(text, out _);
            }
        );
        Any.Holds(Gen.Long, count => Assert.True(Quantity.TryCount($"{count}", out var read) && read == count));
        Any.Holds(
            Gen.Int[0, int.MaxValue],
            ms => Assert.True(Quantity.TryDuration($"{ms}ms", out var read) && read == TimeSpan.FromMilliseconds(ms))
        );
        Any.Holds(
            Gen.Double.Where(double.IsFinite),
            number => Assert.True(Quantity.TryNumber(number.ToString("R", CultureInfo.InvariantCulture), out var read) && read == number)
        );
    }

    [Fact]
    public void Argument_of_any_type_should_be_read_or_refused_with_a_line()
    {
        Type[] types =
        [
            typeof(int),
            typeof(long?),
            typeof(double),
            typeof(TimeSpan),
            typeof(bool),
            typeof(string),
            typeof(Kinds.Technique),
        ];
        var wanted = types.Select(type => new Wanted(type)).ToArray();
        Any.Holds(
            Gen.Select(Gen.OneOf(Number, Any.Text), Any.OneOf(wanted)),
            pair =>
            {
                var (text, one) = pair;
                if (!one.TryRead(text, out _))
                    IsLine(one.Wrong(text));
            }
        );
    }

    [Fact]
    public void Settings_should_be_read_or_refused_with_a_line()
    {
        var known = SettingsFiles.Load("host.conf", [], []);
        Assert.NotNull(known);
        var hocon = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "hocon", "mailroom.conf"));
        var text = Any.Nearly(
            "mailroom",
            ".",
            "pool",
            "remote",
            "batch-time",
            "address",
            "advertise",
            " = ",
            "{",
            "}",
            "[",
            "]",
            "\"",
            "\\",
            "\n",
            "#",
            ",",
            "5ms",
            "on",
            "\"x\"",
            "${",
            "${mailroom}",
            "${?mailroom.pool}",
            "${mailroom.pool}",
            "$",
            "?",
            "*",
            "\"\"\"",
            "+=",
            "include "
        );
        Any.Holds(
            text,
            one =>
                TakenOrRefused(() =>
                    MailroomSettings.Read([new SettingsLayer("mailroom.conf", hocon), new SettingsLayer("mine.conf", one)])
                ),
            Any.Cases / 5 // each reads the whole of mailroom.conf as well
        );
    }

    [Fact]
    public void Formula_should_be_read_or_refused_with_a_line()
    {
        var x = Expression.Parameter(typeof(double), "x");
        Any.Holds(
            Any.Nearly("x", "1", ".5", "1e3", "(", ")", "+", "-", "*", "/", "^", "%", "sin", "max", ",", "<", "==", "pi", " ", "if"),
            text => TakenOrRefused(() => Formula.Parse(text, x))
        );
    }

    [Fact]
    public void Rule_for_halting_should_be_read_or_refused_and_come_back_whole()
    {
        Any.Holds(Any.Nearly("now", "soon", ",", "fail", "=", "1", "3", "%", "."), text => TakenOrRefused(() => HaltRule.Parse(text)));
        Any.Holds(
            Gen.Select(Gen.Bool, Gen.Int[1, int.MaxValue], Gen.Double[0.001, 100], Gen.Bool),
            four =>
            {
                var (now, failures, percent, isCount) = four;
                var rule = isCount ? new HaltRule(now, failures, null) : new HaltRule(now, null, Math.Round(percent, 3));
                Assert.Equal(rule, HaltRule.Parse($"{rule}"));
            }
        );
    }

    [Fact]
    public void Invitation_should_be_read_or_refused_and_come_back_whole()
    {
        var authority = Authority.Make(DateTimeOffset.UtcNow).KeyHash;
        Any.Holds(
            Any.Nearly("mr1", ".", "mr2.", "10.0.0.5:4054", ",", "[::1]:1", authority, Invitation.NewSecret(), ":"),
            text => TakenOrRefused(() => Assert.Equal(text.Trim(), $"{Invitation.Read(text)}"))
        );
        Any.Holds(
            Gen.Select(Any.OneOf("10.0.0.5", "host.example", "[fd00::1]", "a-b"), Gen.Int[1, 65_535])
                .Select((host, port) => $"{host}:{port}")
                .Array[1, 5],
            hosts => Assert.Equal(hosts, Invitation.Read($"{new Invitation(hosts, authority, Invitation.NewSecret())}").Hosts)
        );
    }

    [Fact]
    public void Place_should_be_read_as_it_was_written() =>
        Any.Holds(
            Any.Nearly("10.0.0.5", "[", "]", "::1", ":", "4053", "host", ".", "-", "x"),
            text =>
            {
                if (Doors.EndPointOf(text) is { } point)
                    Assert.Equal(point, Doors.EndPointOf(Doors.Text(point)));
            }
        );

    [Fact]
    public void Node_name_should_come_back_from_its_address() =>
        Any.Holds(
            Gen.Char["aZ09._-"].Array[1, 70].Select(chars => new string(chars)),
            name =>
            {
                if (Doors.IsName(name))
                    Assert.Equal(name, Doors.NameOf(Doors.HostOf(name)));
            }
        );

    [Fact]
    public void Bytes_that_are_no_text_should_come_back_whole() =>
        Any.Holds(Any.Bytes, bytes => Assert.Equal(bytes, Octets.Bytes(Octets.Text(bytes))));

    [Fact]
    public void What_is_shown_should_have_no_control_characters() =>
        Any.Holds(
            Any.Text,
            text =>
            {
                IsLine(Visible.Text(text));
                Assert.DoesNotContain(Visible.Text(text, keepLines: true), c => char.IsControl(c) && c is not ('\n' or '\t'));
                Visible.Json(text);
            }
        );

    [Fact]
    public void Line_of_a_log_should_be_read_or_passed_over()
    {
        var pair = Any.OneOf(
            "\"at\":\"2026-01-02T03:04:05Z\"",
            "\"at\":7",
            "\"event\":\"x\"",
            "\"event\":null",
            "\"job\":1e9",
            "\"job\":99999999999",
            "\"piece\":\"x\"",
            "\"level\":\"INFO\"",
            "\"text\":{}",
            "\"more\":[[]]"
        );
        Any.Holds(Any.Text, line => LogLine.Parse(line));
        Any.Holds(pair.Array[0, 6].Select(pairs => $"{{{string.Join(',', pairs)}}}"), line => LogLine.Parse(line));
    }

    [Fact]
    public void Private_address_should_be_private_in_every_disguise() =>
        Any.Holds(
            Gen.Byte.Array[4],
            four =>
            {
                var plain = new IPAddress(four);
                var isPrivate = DownloadClient.IsPrivate(plain);
                Assert.Equal(isPrivate, DownloadClient.IsPrivate(plain.MapToIPv6()));
                byte[] nat64 = [0x00, 0x64, 0xFF, 0x9B, 0, 0, 0, 0, 0, 0, 0, 0, .. four];
                Assert.Equal(isPrivate, DownloadClient.IsPrivate(new IPAddress(nat64)));
                byte[] sixToFour = [0x20, 0x02, .. four, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
                Assert.Equal(isPrivate, DownloadClient.IsPrivate(new IPAddress(sixToFour)));
            }
        );
}
