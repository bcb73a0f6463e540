using Microsoft.Extensions.Configuration;
using Orchestrator.Pretraining.Data.Storage.S3;
using Orchestrator.Tests.Servers;
using Orchestrator.Worker.Options;
using Orchestrator.Worker.Ranks;
using Xunit;

namespace Orchestrator.Worker.Tests.Options;

public sealed class WorkerOptionsTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("worker-options-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void Required_settings_suffice()
    {
        var options = Read([]);
        Assert.Matches("^[A-Za-z0-9._-]+-42$", options.Name);
        Assert.Equal(["127.0.0.1:4053"], options.Coordinators);
        Assert.Equal(
            ("cpu", "http://127.0.0.1:0/", Environment.ProcessorCount),
            (options.Device, options.Http!.ToString(), options.ShardThreads)
        );
        Assert.True(Directory.Exists(options.Storage));
    }

    [Fact]
    public void Contact_points_are_read_as_a_list_as_words_and_as_a_coordinator_prints_them()
    {
        Assert.Equal(
            ["127.0.0.1:1", "localhost:2"],
            Read(new() { ["Coordinators"] = "akka.tcp://run@127.0.0.1:1, localhost:2" }).Coordinators
        );
        Assert.Equal(["127.0.0.1:1"], Read(new() { ["Coordinators"] = "akka.ssl.tcp://run@127.0.0.1:1" }).Coordinators);
        Assert.Equal(["127.0.0.1:3"], Read(new() { ["Coordinators"] = null, ["Coordinators:0"] = "127.0.0.1:3" }).Coordinators);
    }

    [Fact]
    public void Every_bad_setting_is_named_at_once()
    {
        var problem = Assert.Throws<OptionsException>(() =>
            Read(
                new()
                {
                    ["Name"] = "a/b",
                    ["Coordinators"] = "nowhere, 127.0.0.1:0",
                    ["JoinTokenFile"] = "/none",
                    ["DataRoot"] = "/none",
                    ["DataCacheSize"] = "ten",
                    ["S3:Endpoint"] = "http://me:hush-hush@store:9000",
                    ["S3:Region"] = "Europe",
                    ["S3:ForcePathStyle"] = "maybe",
                    ["Device"] = "cuda:0",
                    ["ShardThreads"] = "0",
                    ["Data:Port"] = "70000",
                    ["Akka:Host"] = "0.0.0.0",
                    ["Http:Url"] = "ftp://x",
                    ["Parent:ExitWithStdin"] = "perhaps",
                    ["Data:SharedMemory"] = "sometimes",
                    ["Data:Lanes"] = "17",
                    ["Failpoint"] = "lunch@1:kill",
                }
            )
        );
        foreach (
            var name in new[]
            {
                "Name: a/b",
                "Coordinators: nowhere",
                "Coordinators: 127.0.0.1:0",
                "JoinToken:",
                "DataRoot: /none",
                "DataCacheSize: ten – must be a whole number with MiB, GiB or TiB",
                "S3:Endpoint: must be http://host:port",
                "S3:Region: Europe",
                "S3:ForcePathStyle: maybe",
                "ShardThreads: 0",
                "Data:Port: 70000",
                "Akka:Host: 0.0.0.0",
                "Http:Url: ftp://x",
                "Parent:ExitWithStdin: perhaps",
                "Data:SharedMemory: sometimes",
                "Data:Lanes: 17",
                "Failpoint: lunch@1:kill",
            }
        )
        {
            Assert.Contains(problem.Problems, line => line.StartsWith(name, StringComparison.Ordinal));
        }

        Assert.DoesNotContain("hush-hush", problem.Message, StringComparison.Ordinal);
        Assert.Contains("Device: cuda:0 – this build has no CUDA backend (TorchBackend=cpu)", problem.Problems);
    }

    [Fact]
    public void Data_may_be_in_an_object_store()
    {
        var place = Read(
                new()
                {
                    ["DataRoot"] = "s3://samples/sets",
                    ["DataCache"] = Path.Combine(folder, "cache"),
                    ["DataCacheSize"] = "3 GiB",
                    ["S3:Endpoint"] = "https://store:9000",
                    ["S3:Region"] = "eu-central-1",
                }
            )
            .DataPlace(_ => { });
        Assert.Equal(("s3://samples/sets", Path.Combine(folder, "cache"), 3L << 30), (place.Root, place.Cache, place.CacheBytes));
        Assert.Equal(new S3Options(new Uri("https://store:9000"), "eu-central-1"), place.S3);
        Assert.True(place.S3.HasPathStyle);
        Assert.False(Read(new() { ["S3:Endpoint"] = "https://store", ["S3:ForcePathStyle"] = "false" }).S3.HasPathStyle);
        Assert.Equal((10L << 30, new S3Options()), (Read([]).DataCacheSize, Read([]).S3));
        Assert.Equal(0, Read(new() { ["DataCacheSize"] = "0" }).DataCacheSize);
        Assert.Contains(
            "DataRoot: s3://Samples – must be s3://BUCKET",
            Assert.Throws<OptionsException>(() => Read(new() { ["DataRoot"] = "s3://Samples" })).Message,
            StringComparison.Ordinal
        );
    }

    [Theory]
    [InlineData("512MiB", 512L << 20)]
    [InlineData("1 TiB", 1L << 40)]
    [InlineData("1024 TiB", 1L << 50)]
    [InlineData("1025 TiB", null)]
    [InlineData("10", null)]
    [InlineData("10 GB", null)]
    [InlineData("-1 GiB", null)]
    [InlineData("99999999999999999999 MiB", null)]
    [InlineData("", null)]
    public void A_size_has_a_unit(string text, long? bytes) => Assert.Equal(bytes, ByteSize.Parse(text));

    [Theory]
    [InlineData("Coordinators", "10.0.0.1:4053")]
    [InlineData("Coordinators", "coordinator:4053")]
    [InlineData("Data:Host", "0.0.0.0")]
    public void A_failpoint_is_refused_off_loopback(string key, string value)
    {
        var settings = new Dictionary<string, string?> { ["Failpoint"] = "backward-done@3:kill" };
        Assert.Equal(new Failpoint("backward-done", 3), Read(settings).Failpoint);
        settings[key] = value;
        Assert.Contains("loopback", Assert.Throws<OptionsException>(() => Read(settings)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_control_plane_leaves_the_machine_without_TLS_only_where_that_is_allowed_by_name()
    {
        var settings = new Dictionary<string, string?> { ["Akka:Host"] = "10.0.0.1" };
        Assert.Contains(
            Assert.Throws<OptionsException>(() => Read(settings)).Problems,
            p => p.StartsWith("Akka:Host: 10.0.0.1", StringComparison.Ordinal) && p.Contains("AllowPlaintext", StringComparison.Ordinal)
        );
        settings["Network:AllowPlaintext"] = "true";
        Assert.Equal(("10.0.0.1", true), (Read(settings).Akka.Address.ToString(), Read(settings).AllowPlaintext));
        settings["Failpoint"] = "backward-done@3:kill";
        Assert.Contains("loopback", Assert.Throws<OptionsException>(() => Read(settings)).Message, StringComparison.Ordinal);
        Assert.False(Read([]).AllowPlaintext);
    }

    [Fact]
    public void With_certificates_the_control_plane_may_leave_the_machine_and_bad_ones_are_named()
    {
        using var authority = new TestAuthority();
        var (certificate, key, ca) = authority.Write(folder, "w1");
        var settings = new Dictionary<string, string?>
        {
            ["Akka:Host"] = "10.0.0.1",
            ["Network:Certificate"] = certificate,
            ["Network:CertificateKey"] = key,
            ["Network:Authority"] = ca,
        };
        Assert.Equal(("10.0.0.1", certificate), (Read(settings).Akka.Address.ToString(), Read(settings).Tls!.Certificate));
        Assert.Null(Read([]).Tls);
        settings["Network:CertificateKey"] = certificate;
        var problem = Assert.Single(Assert.Throws<OptionsException>(() => Read(settings)).Problems);
        Assert.StartsWith($"Network:CertificateKey: {certificate} – is not the private key", problem, StringComparison.Ordinal);
        settings.Remove("Network:Authority");
        Assert.StartsWith(
            "Network:Authority: is missing",
            Assert.Single(Assert.Throws<OptionsException>(() => Read(settings)).Problems),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void Sums_have_one_lane_on_few_cores_or_as_many_as_are_set()
    {
        Assert.InRange(Read([]).Lanes, 1, Math.Max(1, Environment.ProcessorCount / 8));
        Assert.Equal(3, Read(new() { ["Data:Lanes"] = "3" }).Lanes);
    }

    [Fact]
    public void Memory_is_shared_unless_it_is_set_off()
    {
        Assert.True(Read([]).SharedMemory);
        Assert.False(Read(new() { ["Data:SharedMemory"] = "false" }).SharedMemory);
    }

    [Theory]
    [InlineData("Akka:Host", "0.0.0.0")]
    [InlineData("Data:Host", "0.0.0.0")]
    [InlineData("Data:Host", "::")]
    public void An_address_that_others_are_told_is_one_that_they_can_reach(string key, string value) =>
        Assert.Contains(
            $"{key}: {value} – must be an address at which others reach this worker",
            Assert.Throws<OptionsException>(() => Read(new() { [key] = value, ["Network:AllowPlaintext"] = "true" })).Message,
            StringComparison.Ordinal
        );

    [Fact]
    public void Incarnations_rise_even_when_the_clock_is_set_back()
    {
        var time = new Microsoft.Extensions.Time.Testing.FakeTimeProvider(new DateTimeOffset(2025, 1, 1, 0, 0, 0, TimeSpan.Zero));
        var first = Incarnation.Next(folder, "a", time);
        Assert.Equal(time.GetUtcNow().ToUnixTimeMilliseconds(), first);
        Assert.Equal(first + 1, Incarnation.Next(folder, "a", time));
        var earlier = new Microsoft.Extensions.Time.Testing.FakeTimeProvider(new DateTimeOffset(2024, 1, 1, 0, 0, 0, TimeSpan.Zero));
        Assert.Equal(first + 2, Incarnation.Next(folder, "a", earlier));
    }

    private WorkerOptions Read(Dictionary<string, string?> changes)
    {
        var settings = new Dictionary<string, string?>
        {
            ["Coordinators"] = "127.0.0.1:4053",
            ["JoinToken"] = "token",
            ["DataRoot"] = folder,
            ["Storage"] = Path.Combine(folder, "storage"),
            ["State"] = Path.Combine(folder, "state"),
        };
        foreach (var (key, value) in changes)
        {
            settings[key] = value;
        }

        return WorkerOptions.Read(new ConfigurationBuilder().AddInMemoryCollection(settings).Build(), RankMoments.All, 42);
    }
}
