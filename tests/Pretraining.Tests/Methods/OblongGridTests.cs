using Orchestrator.Collectives;
using Orchestrator.Pretraining.Data.Storage;
using Orchestrator.Pretraining.Tests.Training;
using Orchestrator.Pretraining.Training;
using Orchestrator.Shared.Runs;
using Xunit;

namespace Orchestrator.Pretraining.Tests.Methods;

/// <summary>Every head on a grid of four rows by two columns.</summary>
public sealed class OblongGridTests
{
    private const string Head = "prototypes: 12, head: { hidden: 8, bottleneck: 4 }";

    [Theory]
    [InlineData("gmml", "reconstruction: { blocks: [1, 2] }")]
    [InlineData("clustering", Head)]
    [InlineData("mim-clustering", $"tokens: both, patchPrototypes: 8, avoidCollapse: me-max+sinkhorn, {Head}")]
    [InlineData("asit", $"patchPrototypes: 8, reconstruction: {{ hidden: [8, 8, 4] }}, {Head}")]
    [InlineData("sb-ssl", Head)]
    [InlineData("contrastive", "contrastive: { hidden: 8, dim: 4 }")]
    public void Every_method_learns_on_a_grid_that_is_not_square(string method, string options)
    {
        var result = RunSpecParser.Parse(
            $$"""
            method: {{method}}
            data: { images: fashion-mnist/t10k-images-idx3-ubyte }
            budget: { steps: 10 }
            batch: { size: 8, shards: 2 }
            workers: { max: 2 }
            backbone: { custom: { patch: 7, dim: 8, depth: 2, heads: 2 }, image: [28, 14], channels: 1, initialization: xavier, dropPath: 0 }
            options: { {{options}} }
            optimizer: { warmup: 0, baseLearningRate: 0.1 }
            """
        );
        Assert.Empty(result.Errors);
        using var run = TrainingRun.Open(result.Spec!, new TrainingOptions(new DataLocation(WorldSizeTests.Samples()), 1, 0));
        using var group = ProcessGroup.Alone(2);
        var before = run.State.WeightsSha256();
        Assert.All(run.Step(group).Losses, term => Assert.InRange(term.Value, 1e-6, 100));
        Assert.NotEqual(before, run.State.WeightsSha256());
    }
}
