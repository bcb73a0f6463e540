using System.Text.Json;
using Orchestrator.Coordinator.Runs;
using Orchestrator.Shared.Runs;
using Xunit;

namespace Orchestrator.Coordinator.Tests.Runs;

/// <summary>A step that was not applied, as the coordinator tells of it.</summary>
public sealed class NonFiniteStepTests
{
    private const string Text =
        "Step 4 is not finite: loss term reconstruction (NaN), gradient of backbone.cls_token; shard 2 (views; samples 17, 19 and 3 more); the step was skipped (1 in a row)";

    [Fact]
    public void It_becomes_an_event_that_names_step_shard_samples_and_tensor()
    {
        var run = new RunHarness().Trains("a");
        var row = RunHarness.Refused(4);
        run.Take(new RowsStored(new RunProgress(5, "x", 1, [row]), [], []) { NonFinite = [row.NonFinite!.Tell(row.Step)] });
        var noted = Assert.Single(run.Events.OfType<RunNoted>(), note => note.Kind == "non-finite");
        Assert.Equal(Text, noted.Text);
    }

    [Fact]
    public void Its_row_is_json_with_a_null_for_each_loss_that_is_not_finite()
    {
        var view = RunViewer.Row(RunHarness.Refused(4));
        var json = JsonSerializer.Serialize(view, RunSpecJson.Options);
        Assert.Contains("\"losses\":{\"loss\":null}", json, StringComparison.Ordinal);
        Assert.Equal((Text, 0d), (view.NonFinite, view.GradientNorm));
    }

    [Fact]
    public void The_runs_loss_is_the_last_finite_one()
    {
        var progress = new RunProgress(6, "x", 1, [RunHarness.Row(3, loss: 1.5), RunHarness.Refused(4), RunHarness.Refused(5)]);
        Assert.Equal(1.5, progress.LastLoss);
        Assert.Null(new RunProgress(1, "x", null, [RunHarness.Refused(0)]).LastLoss);
    }

    [Fact]
    public void A_rollback_names_the_step_that_the_run_went_back_to() =>
        Assert.EndsWith(
            "; the run went back to the weights of step 500 (2 times since they were kept)",
            (RunHarness.Refused(4).NonFinite! with { BackTo = 500, Count = 2 }).Tell(4),
            StringComparison.Ordinal
        );
}
