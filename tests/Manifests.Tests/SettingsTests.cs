using Microsoft.Extensions.Configuration;
using Orchestrator.Coordinator.Settings;
using Orchestrator.Manifests.Tests.Rendering;
using Orchestrator.Worker.Options;
using Xunit;

namespace Orchestrator.Manifests.Tests;

/// <summary>What pods are told, read by the programs' own code: no setting that they do not know, and none that they refuse.</summary>
public sealed class SettingsTests(RenderedFolders rendered) : IDisposable
{
    private static readonly Dictionary<string, string> Secrets = new(StringComparer.Ordinal)
    {
        ["journal/connectionString"] = "Host=postgres.orchestrator.svc;Database=orchestrator;Username=orchestrator;Password=p",
    };

    private readonly string folder = Directory.CreateTempSubdirectory("orchestrator-settings-").FullName;

    public static TheoryData<string> Installed => [.. RenderedFolders.Overlays, RenderedFolders.Everything];

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Theory]
    [MemberData(nameof(Installed))]
    public void A_coordinator_takes_its_settings(string overlay)
    {
        var set = rendered.Of(overlay);
        for (var ordinal = 0; ordinal < set.Workload("coordinator").Spec.Replicas; ordinal++)
        {
            Assert.Empty(Coordinator(set, ordinal).Problems());
        }
    }

    [Theory]
    [MemberData(nameof(Installed))]
    public void A_worker_takes_its_settings(string overlay)
    {
        var (problems, unknown) = Worker(rendered.Of(overlay));
        Assert.Empty(unknown);
        // This build has no CUDA, and says so: the one thing that is in the way of a worker with a GPU.
        var refused = rendered.Of(overlay).Settings("worker-settings")["ORCHESTRATOR_Device"] == "cpu" ? 0 : 1;
        Assert.Equal(refused, problems.Count);
        Assert.All(problems, p => Assert.StartsWith("Device: cuda:0", p, StringComparison.Ordinal));
    }

    /// <summary>The base alone does not trust its network: what is missing there is the component that keeps others out.</summary>
    [Fact]
    public void The_base_is_refused_for_want_of_an_isolated_network()
    {
        var set = rendered.Of("base");
        Assert.StartsWith("Akka:Host: coordinator-0.", Assert.Single(Coordinator(set, 0).Problems()), StringComparison.Ordinal);
        Assert.Contains(Worker(set).Problems, p => p.StartsWith("Akka:Host: 10.1.2.3", StringComparison.Ordinal));
        Assert.Empty(Coordinator(rendered.Of("components/isolated-network"), 0).Problems());
    }

    /// <summary>Messages to a name other than a coordinator's own are dropped: contact points, seeds and its own name are one list.</summary>
    [Theory]
    [MemberData(nameof(Installed))]
    public void Workers_and_seeds_call_coordinators_by_their_own_names(string overlay)
    {
        var set = rendered.Of(overlay);
        string[] own =
        [
            .. Enumerable
                .Range(0, set.Workload("coordinator").Spec.Replicas!.Value)
                .Select(ordinal => Coordinator(set, ordinal).Akka)
                .Select(akka => $"{akka.Host}:{akka.Port}"),
        ];
        var worker = PodEnvironment.Settings(set, "worker", 0, Secrets);
        Assert.Equal(
            own,
            worker.Where(s => s.Key.StartsWith("Coordinators:", StringComparison.Ordinal)).OrderBy(s => s.Key).Select(s => s.Value)
        );
        Assert.Equal(own.Length > 1 ? own.Select(name => $"akka.tcp://run@{name}") : [], Coordinator(set, 0).Akka.Seeds);
    }

    /// <summary>Others reach a pod's address: a coordinator there that asks nobody who they are would not start.</summary>
    [Theory]
    [MemberData(nameof(Installed))]
    public void The_API_asks_for_tokens(string overlay)
    {
        var http = Coordinator(rendered.Of(overlay), 0).Http;
        Assert.Equal((false, true, false), (http.IsLoopback, http.AsksForTokens, http.AllowAnonymous));
    }

    [Fact]
    public void A_setting_that_no_program_knows_is_found()
    {
        var text = rendered.Of("overlays/cpu").Text;
        var set = new RenderedSet("planted", text.Replace("ORCHESTRATOR_State:", "ORCHESTRATOR_Stat:", StringComparison.Ordinal));
        Assert.Contains("Stat", Assert.Throws<InvalidOperationException>(() => Coordinator(set, 0)).Message, StringComparison.Ordinal);
        Assert.Equal(["Stat"], Worker(set).Unknown);
    }

    private CoordinatorOptions Coordinator(RenderedSet set, int ordinal) =>
        Configuration(PodEnvironment.Settings(set, "coordinator", ordinal, Secrets))
            .Get<CoordinatorOptions>(binder => binder.ErrorOnUnknownConfiguration = true)!;

    private (IReadOnlyList<string> Problems, IReadOnlyList<string> Unknown) Worker(RenderedSet set)
    {
        var settings = PodEnvironment.Settings(set, "worker", 0, Secrets);
        var recorder = new RecordingConfiguration(Configuration(settings));
        IReadOnlyList<string> problems = [];
        try
        {
            WorkerOptions.Read(recorder, [], processId: 1);
        }
        catch (OptionsException e)
        {
            problems = e.Problems;
        }

        return (problems, [.. settings.Keys.Where(key => !recorder.WasAsked(key))]);
    }

    /// <summary>Folders of the pod are folders of this test.</summary>
    private IConfiguration Configuration(Dictionary<string, string> settings)
    {
        Directory.CreateDirectory(Path.Combine(folder, "join"));
        Directory.CreateDirectory(Path.Combine(folder, "data"));
        Directory.CreateDirectory(Path.Combine(folder, "api-token"));
        File.WriteAllText(Path.Combine(folder, "api-token", "token"), new string('t', 32));
        File.WriteAllText(Path.Combine(folder, "join", "token"), "0123456789abcdef");
        return new ConfigurationBuilder()
            .AddInMemoryCollection(
                settings.Select(s =>
                    KeyValuePair.Create(s.Key, (string?)(s.Value.StartsWith('/') ? Path.Combine(folder, s.Value[1..]) : s.Value))
                )
            )
            .Build();
    }
}
