using System.Text.Json;
using Orchestrator.Cli.Demo;
using Orchestrator.Shared.Runs;
using Xunit;

namespace Orchestrator.Cli.Tests.Demo;

public sealed class DemoPlanTests : IDisposable
{
    private readonly TemporaryFile spec = new(
        "method: gmml\ndata: { images: a }\nbudget: { steps: 100 }\nbatch: { size: 64, shards: 4 }\nworkers: { min: 1, max: 3 }\n"
    );

    [Fact]
    public void Overrides_replace_budget_and_seed_and_leave_the_rest()
    {
        var plan = Plan(
            new DemoSettings
            {
                Spec = spec.Path,
                Steps = 7,
                Seed = ulong.MaxValue,
            }
        );
        Assert.Equal((new BudgetSpec(null, 7), ulong.MaxValue), (plan.Spec.Budget, plan.Spec.Seed));
        Assert.Equal(plan.Spec.Optimizer, Plan(new DemoSettings { Spec = spec.Path }).Spec.Optimizer);
        Assert.Equal(7, JsonDocument.Parse(plan.Document).RootElement.GetProperty("budget").GetProperty("steps").GetInt32());
        Assert.False(JsonDocument.Parse(plan.Document).RootElement.GetProperty("budget").TryGetProperty("epochs", out _));
    }

    [Fact]
    public void Submitted_document_is_the_same_bytes_for_any_number_of_workers()
    {
        var documents = new[] { 1, 2, 3 }.Select(w => Plan(new DemoSettings { Spec = spec.Path, Workers = w }).Document);
        Assert.Single(documents.Distinct(StringComparer.Ordinal));
    }

    [Fact]
    public void Cores_are_shared_out_and_every_worker_has_one()
    {
        Assert.Equal(4, Plan(new DemoSettings { Spec = spec.Path }, cores: 8).ShardThreads);
        Assert.Equal(1, Plan(new DemoSettings { Spec = spec.Path, Workers = 3 }, cores: 2).ShardThreads);
    }

    [Fact]
    public void Workers_default_to_two_within_the_specs_bounds()
    {
        using var single = new TemporaryFile("method: gmml\ndata: { images: a }\nworkers: { min: 1, max: 1 }\n");
        Assert.Equal(2, Plan(new DemoSettings { Spec = spec.Path }).Workers);
        Assert.Equal(1, Plan(new DemoSettings { Spec = single.Path }).Workers);
    }

    [Theory]
    [InlineData(5, null, "batch.shards = 4")]
    [InlineData(4, null, "workers.max of the spec is 3")]
    [InlineData(1, 3L, "the run needs 1 to go on")]
    [InlineData(2, 100L, "steps 0 to 99")]
    public void Impossible_combination_is_refused_with_its_reason(int workers, long? killAt, string why)
    {
        var e = Assert.Throws<CliException>(() =>
            Plan(
                new DemoSettings
                {
                    Spec = spec.Path,
                    Workers = workers,
                    KillAt = killAt,
                }
            )
        );
        Assert.Equal(ExitCode.BadInput, e.ExitCode);
        Assert.Contains(why, string.Join('\n', e.Why), StringComparison.Ordinal);
        Assert.NotNull(e.Next);
    }

    [Fact]
    public void Last_worker_is_the_one_that_is_killed()
    {
        var plan = Plan(
            new DemoSettings
            {
                Spec = spec.Path,
                Workers = 3,
                KillAt = 99,
            }
        );
        Assert.Equal("worker-3", plan.Victim);
        using var state = StateFolder.Open(null);
        Assert.Equal(
            "backward-done@99:kill",
            ChildSettings.Worker(plan, state, "worker-3", "127.0.0.1:1", "token")["ORCHESTRATOR_Failpoint"]
        );
        Assert.False(ChildSettings.Worker(plan, state, "worker-2", "127.0.0.1:1", "token").ContainsKey("ORCHESTRATOR_Failpoint"));
        state.Close(keep: false);
    }

    [Fact]
    public void Sample_is_found_above_the_given_folders()
    {
        using var folder = new TemporaryFolder();
        var sample = folder.Touch("samples", "mim-clustering-fashion.yaml");
        File.Copy(spec.Path, sample, overwrite: true);
        var deep = Directory.CreateDirectory(Path.Combine(folder.Path, "a", "b")).FullName;
        Assert.Equal(Path.Combine(folder.Path, "samples"), DemoPlan.Create(new DemoSettings(), [deep], 2).DataRoot);
        var e = Assert.Throws<CliException>(() => DemoPlan.Create(new DemoSettings(), [Path.GetTempPath()], 2));
        Assert.Contains("--spec FILE", e.Next, StringComparison.Ordinal);
    }

    [Fact]
    public void Data_root_that_is_not_there_is_refused()
    {
        var e = Assert.Throws<CliException>(() => Plan(new DemoSettings { Spec = spec.Path, DataRoot = "/no/such/folder" }));
        Assert.Contains("no such folder", e.Message, StringComparison.Ordinal);
    }

    public void Dispose() => spec.Dispose();

    private static DemoPlan Plan(DemoSettings settings, int cores = 2) => DemoPlan.Create(settings, [], cores);
}
