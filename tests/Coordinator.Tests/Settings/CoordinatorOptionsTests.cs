using Orchestrator.Coordinator.Hosting;
using Orchestrator.Coordinator.Runs;
using Orchestrator.Coordinator.Scheduling;
using Orchestrator.Coordinator.Settings;
using Orchestrator.Tests.Servers;
using Xunit;

namespace Orchestrator.Coordinator.Tests.Settings;

public sealed class CoordinatorOptionsTests
{
    [Fact]
    public void The_command_line_sets_every_part()
    {
        var options = CoordinatorApp.ReadOptions([
            "--Http:Url=http://127.0.0.1:8080",
            "--Akka:Port=4053",
            "--State=/s",
            "--JoinToken=0123456789abcdef",
            "--Parent:ExitWithStdin=true",
            "--Timers:Silent=00:00:09",
        ]);
        Assert.Equal(
            ("http://127.0.0.1:8080", 4053, "/s", true),
            (options.Http.Url, options.Akka.Port, options.State, options.Parent.ExitWithStdin)
        );
        Assert.Equal(TimeSpan.FromSeconds(9), options.Timers.Silent);
        Assert.Equal("/s/storage", options.StorageRoot);
        Assert.Empty(options.Problems());
    }

    [Fact]
    public void The_command_line_sets_what_projects_may_have()
    {
        var options = CoordinatorApp.ReadOptions([
            "--JoinToken=0123456789abcdef",
            "--Scheduling:Window=3.00:00:00",
            "--Scheduling:Projects:vision:Workers=8",
            "--Scheduling:Projects:vision:DeviceHours=12.5",
            "--Scheduling:Projects:audio:Weight=2",
        ]);
        Assert.Empty(options.Problems());
        Assert.Equal(TimeSpan.FromDays(3), options.Scheduling.Window);
        Assert.Equal(new ProjectPolicy { Workers = 8, DeviceHours = 12.5 }, options.Scheduling.Of("vision"));
        Assert.Equal(new ProjectPolicy { Weight = 2 }, options.Scheduling.Of("audio"));
        Assert.Equal(ProjectPolicy.Unlimited, options.Scheduling.Of("another"));
    }

    [Fact]
    public void Every_bad_limit_is_named()
    {
        var options = new CoordinatorOptions
        {
            JoinToken = "0123456789abcdef",
            Scheduling = new SchedulingPolicy
            {
                Window = TimeSpan.Zero,
                AgeingPoints = 0,
                Projects = new Dictionary<string, ProjectPolicy>
                {
                    ["p"] = new()
                    {
                        Workers = 0,
                        DeviceHours = -1,
                        Weight = double.NaN,
                    },
                    ["a b"] = new(),
                },
            },
        };
        Assert.Equal(
            [
                "Scheduling:Window",
                "Scheduling:AgeingPoints",
                "Scheduling:Projects:p:Workers",
                "Scheduling:Projects:p:DeviceHours",
                "Scheduling:Projects:p:Weight",
                "Scheduling:Projects:a b",
            ],
            Names(options.Problems())
        );
    }

    [Fact]
    public void Every_bad_setting_is_named_at_once()
    {
        var options = new CoordinatorOptions
        {
            Http = new HttpOptions { Url = "localhost" },
            Akka = new AkkaOptions
            {
                Host = "10.0.0.1",
                Port = 70000,
                Seeds = ["here"],
            },
            Journal = new JournalOptions { Provider = "oracle" },
            Timers = new RunTimers { Silent = TimeSpan.Zero },
        };
        Assert.Equal(
            ["Http:Url", "Akka:Host", "Akka:Port", "Akka:Seeds", "JoinToken", "Journal:Provider", "Timers:Silent"],
            Names(options.Problems())
        );
    }

    [Theory]
    [InlineData("10.0.0.1", false, "AllowPlaintext")]
    [InlineData("10.0.0.1", true, null)]
    [InlineData("0.0.0.0", true, "at which workers reach it")]
    [InlineData("coordinator-0.coordinator-peers.orchestrator.svc", true, null)]
    [InlineData("coordinator-0.coordinator-peers.orchestrator.svc", false, "AllowPlaintext")]
    [InlineData("not a name", true, "at which workers reach it")]
    [InlineData("", true, "at which workers reach it")]
    [InlineData("127.0.0.1", false, null)]
    public void The_control_plane_leaves_the_machine_without_TLS_only_where_that_is_allowed_by_name(
        string host,
        bool allow,
        string? problem
    )
    {
        var options = CoordinatorApp.ReadOptions([
            $"--Akka:Host={host}",
            $"--Network:AllowPlaintext={allow}",
            "--JoinToken=0123456789abcdef",
        ]);
        var problems = options.Problems();
        Assert.Equal(problem is null ? 0 : 1, problems.Count);
        Assert.All(problems, p => Assert.Contains(problem!, p, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("http://127.0.0.1:8080", false)]
    [InlineData("http://127.9.9.9:8080", false)]
    [InlineData("http://localhost:8080", false)]
    [InlineData("http://[::1]:8080", false)]
    [InlineData("http://0.0.0.0:8080", true)]
    [InlineData("http://[::]:8080", true)]
    [InlineData("http://10.0.0.1:8080", true)]
    // Kestrel binds a name at every address.
    [InlineData("http://runs.example:8080", true)]
    [InlineData("http://localhost.example:8080", true)]
    public void An_address_that_others_reach_is_refused_unless_it_asks_for_tokens_or_is_told_not_to(string url, bool reached)
    {
        var options = new CoordinatorOptions
        {
            JoinToken = "0123456789abcdef",
            Http = new HttpOptions { Url = url },
        };
        Assert.Equal(!reached, options.Http.IsLoopback);
        var problems = options.Problems();
        Assert.Equal(reached ? 1 : 0, problems.Count);
        Assert.All(
            problems,
            p =>
            {
                Assert.StartsWith($"Http:Url: {url} – others reach it", p, StringComparison.Ordinal);
                Assert.Contains("Http:BootstrapTokenFile", p, StringComparison.Ordinal);
                Assert.Contains("Http:AllowAnonymous=true", p, StringComparison.Ordinal);
            }
        );
        Assert.Empty((options with { Http = options.Http with { AllowAnonymous = true } }).Problems());
        Assert.Empty((options with { Http = options.Http with { Tokens = true } }).Problems());
        Assert.Empty((options with { Http = options.Http with { BootstrapToken = new string('t', 32) } }).Problems());
    }

    [Theory]
    [InlineData("0123456789012345678901234567890")]
    [InlineData("a token with spaces that is long enough")]
    [InlineData("a-token-with-a-line-end-inside-it-\n-here")]
    public void A_bootstrap_token_that_is_easily_guessed_or_cannot_be_sent_is_refused_and_not_shown(string token)
    {
        var problem = Assert.Single(
            new CoordinatorOptions
            {
                JoinToken = "0123456789abcdef",
                Http = new HttpOptions { BootstrapToken = token },
            }.Problems()
        );
        Assert.StartsWith("Http:BootstrapToken: must be 32 characters or more", problem, StringComparison.Ordinal);
        Assert.DoesNotContain(token, problem, StringComparison.Ordinal);
    }

    [Fact]
    public void A_bootstrap_token_may_stand_in_a_file_and_makes_the_API_ask_for_tokens()
    {
        using var folder = new TemporaryFolder();
        var file = Path.Combine(folder.Path, "token");
        var options = new CoordinatorOptions
        {
            JoinToken = "0123456789abcdef",
            Http = new HttpOptions { BootstrapTokenFile = file },
        };
        Assert.Equal(["Http:BootstrapTokenFile"], Names(options.Problems()));
        File.WriteAllText(file, new string('t', 32) + "\n");
        Assert.Empty(options.Problems());
        Assert.True(options.Http.AsksForTokens);
        Assert.Equal(new string('t', 32), options.Http.ReadBootstrapToken());
        Assert.Equal(["Http:Tokens"], Names((options with { Http = options.Http with { Tokens = false } }).Problems()));
    }

    [Fact]
    public void A_token_file_that_cannot_be_read_is_named()
    {
        using var folder = new TemporaryFolder();
        var file = folder.In("token");
        using var writer = new FileStream(file, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None);
        Assert.Equal(["JoinTokenFile"], Names(new CoordinatorOptions { JoinTokenFile = file }.Problems()));
        var options = new CoordinatorOptions
        {
            JoinToken = "0123456789abcdef",
            Http = new HttpOptions { BootstrapTokenFile = file },
        };
        Assert.StartsWith(
            $"Http:BootstrapTokenFile: {file} – cannot be read: ",
            Assert.Single(options.Problems()),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void With_certificates_the_control_plane_may_leave_the_machine_and_bad_ones_are_named()
    {
        using var folder = new TemporaryFolder();
        using var authority = new TestAuthority();
        var (certificate, key, ca) = authority.Write(folder.Path, "c");
        var options = new CoordinatorOptions
        {
            JoinToken = "0123456789abcdef",
            Akka = new AkkaOptions { Host = "10.0.0.1", Seeds = ["akka.ssl.tcp://run@10.0.0.1:4053"] },
            Network = new NetworkOptions
            {
                Certificate = certificate,
                CertificateKey = key,
                Authority = ca,
            },
        };
        Assert.Empty(options.Problems());
        Assert.Equal(["Akka:Host", "Akka:Seeds"], Names((options with { Network = new NetworkOptions() }).Problems()));
        Assert.Equal(
            ["Network:Certificate"],
            Names((options with { Network = options.Network with { Certificate = folder.In("none") } }).Problems())
        );
        Assert.Equal(["Network:Authority"], Names((options with { Network = options.Network with { Authority = null } }).Problems()));
    }

    [Fact]
    public void Several_coordinators_need_what_they_can_share()
    {
        var alone = new CoordinatorOptions
        {
            JoinToken = "0123456789abcdef",
            Http = new HttpOptions { Url = "http://0.0.0.0:8080", BootstrapToken = new string('t', 32) },
        };
        Assert.Empty((alone with { Akka = new AkkaOptions { Seeds = ["akka.tcp://run@127.0.0.1:4053"] } }).Problems());
        var several = alone with { Akka = new AkkaOptions { Seeds = ["akka.tcp://run@127.0.0.1:4053", "akka.tcp://run@127.0.0.2:4053"] } };
        Assert.Equal(["Http:PublicUrl", "Journal:Provider", "Storage"], Names(several.Problems()));
        var shared = several with
        {
            Storage = "/s",
            Journal = new JournalOptions { Provider = "postgres", ConnectionString = "Host=h;Password=p" },
            Http = alone.Http with { PublicUrl = "https://runs.example:8443" },
        };
        Assert.Empty(shared.Problems());
        Assert.Equal(["Http:PublicUrl"], Names((shared with { Http = shared.Http with { PublicUrl = "runs.example" } }).Problems()));
    }

    [Fact]
    public void A_bad_connection_string_is_named_without_its_password()
    {
        var options = new CoordinatorOptions
        {
            JoinToken = "0123456789abcdef",
            Journal = new JournalOptions { Provider = "postgres", ConnectionString = "Hots=h;Password=secret" },
        };
        var problem = Assert.Single(options.Problems());
        Assert.StartsWith("Journal:ConnectionString: ", problem, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", problem, StringComparison.Ordinal);
    }

    private static IEnumerable<string> Names(IEnumerable<string> problems) =>
        problems.Select(p => p[..p.IndexOf(": ", StringComparison.Ordinal)]);

    [Fact]
    public void A_short_join_token_is_refused() =>
        Assert.Contains("JoinToken: is too short", new CoordinatorOptions { JoinToken = "short" }.Problems()[0], StringComparison.Ordinal);

    [Fact]
    public void A_port_of_zero_is_the_one_that_the_state_folder_remembers()
    {
        using var folder = new TemporaryFolder();
        Assert.Null(RememberedPorts.Read(folder.Path));
        new RememberedPorts("http://127.0.0.1:8081", "akka.tcp://run@127.0.0.1:4053", 7).Write(folder.Path);
        var remembered = RememberedPorts.Read(folder.Path)!;
        Assert.Equal(4053, RememberedPorts.Port(0, remembered.AkkaAddress));
        Assert.Equal(8081, RememberedPorts.Port(0, remembered.HttpUrl));
        Assert.Equal(9, RememberedPorts.Port(9, remembered.HttpUrl));
    }
}
