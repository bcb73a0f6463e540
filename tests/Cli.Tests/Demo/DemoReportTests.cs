using System.Text.Json;
using Orchestrator.Cli.Demo;
using Orchestrator.Shared.Api;
using Xunit;

namespace Orchestrator.Cli.Tests.Demo;

public sealed class DemoReportTests
{
    private static readonly string[] Keys =
    [
        "run",
        "state",
        "steps",
        "workers",
        "firstLoss",
        "lastLoss",
        "lossesSha256",
        "weightsSha256",
        "stateSha256",
        "samplesPerSecond",
        "seconds",
        "probes",
        "encoder",
        "reconstruction",
        "recoveries",
        "stepsLost",
        "checkpointsRead",
        "pids",
        "recoverySeconds",
        "bytesByWorker",
        "chaos",
    ];

    [Fact]
    public void Document_has_the_documented_keys_in_order()
    {
        var document = Document(Views.Detail());
        Assert.Equal(Keys, document.EnumerateObject().Select(p => p.Name));
        Assert.Equal(
            ["protocol", "knn", "linear", "labels1", "labels5"],
            document.GetProperty("probes").EnumerateObject().Select(p => p.Name)
        );
        Assert.Equal(
            ["pixels", "random", "pretrained"],
            document.GetProperty("probes").GetProperty("knn").EnumerateObject().Select(p => p.Name)
        );
    }

    [Fact]
    public void Figures_come_from_the_runs_record()
    {
        var document = Document(Views.Detail());
        Assert.Equal("completed", document.GetProperty("state").GetString());
        // Ranks of the first generation, not of the one that was left after a loss.
        Assert.Equal(2, document.GetProperty("workers").GetInt32());
        Assert.Equal(0.6, document.GetProperty("probes").GetProperty("knn").GetProperty("pretrained").GetDouble());
        // 64 samples a step; two steps of half a second.
        Assert.Equal(128, document.GetProperty("samplesPerSecond").GetDouble());
        Assert.Equal(1000, document.GetProperty("bytesByWorker").GetProperty("worker-2").GetProperty("gradient").GetInt64());
    }

    [Fact]
    public void Pids_after_leave_out_who_was_lost()
    {
        var pids = Document(Views.Detail()).GetProperty("pids");
        Assert.Equal(["worker-1", "worker-2"], pids.GetProperty("before").EnumerateObject().Select(p => p.Name));
        Assert.Equal(["worker-1"], pids.GetProperty("after").EnumerateObject().Select(p => p.Name));
        Assert.Equal(11, pids.GetProperty("after").GetProperty("worker-1").GetInt32());
    }

    [Fact]
    public void Nulls_are_written()
    {
        var document = Document(Views.Detail() with { RecoverySeconds = null, Evaluation = null, FirstLoss = null });
        Assert.Equal(Keys, document.EnumerateObject().Select(p => p.Name));
        Assert.Equal(JsonValueKind.Null, document.GetProperty("recoverySeconds").ValueKind);
        Assert.Equal(JsonValueKind.Null, document.GetProperty("probes").ValueKind);
    }

    [Fact]
    public void Artifacts_of_a_temporary_state_are_copied_to_where_the_user_is()
    {
        using var here = new TemporaryFolder();
        using var storage = new TemporaryFolder();
        var encoder = storage.Touch("encoder.safetensors");
        var state = StateFolder.Open(null);
        var paths = DemoResults.Keep(state, "r-1", [new ArtifactView("encoder.safetensors", 0, encoder)], here.Path);
        state.Close(keep: false);
        Assert.Equal(Path.Combine(here.Path, "orchestrator-demo", "r-1", "encoder.safetensors"), paths["encoder.safetensors"]);
        Assert.True(File.Exists(paths["encoder.safetensors"]));
    }

    private static JsonElement Document(RunDetailView detail)
    {
        var before = new WorkerListView([Views.Worker("worker-2", 12), Views.Worker("worker-1", 11)]);
        var after = new WorkerListView([Views.Worker("worker-2", 12, "lost"), Views.Worker("worker-1", 11)]);
        return JsonDocument
            .Parse(DemoReport.Of(detail, [Views.Row(0), Views.Row(1)], 64, before, after, TimeSpan.FromSeconds(3)).ToJson())
            .RootElement;
    }
}
