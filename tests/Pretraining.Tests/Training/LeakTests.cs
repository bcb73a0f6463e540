using Orchestrator.Collectives;
using Orchestrator.Pretraining.Training;
using TorchSharp;
using Xunit;

namespace Orchestrator.Pretraining.Tests.Training;

/// <summary>A long run needs no more than a short one. Counts are of the whole process: no other test runs beside.</summary>
[Collection(nameof(LeakTests))]
[CollectionDefinition(nameof(LeakTests), DisableParallelization = true)]
public sealed class LeakTests
{
    private const int WarmUp = 40;
    private const int Steps = 1000;

    // A tensor that is lost each step would be a thousand. Some dozens may still be referred to by what a thread's stack has not overwritten yet.
    private const int FewTensors = 100;

    [Theory]
    [InlineData("method: gmml")]
    [InlineData(
        "method: asit\noptions: { prototypes: 16, patchPrototypes: 8, head: { hidden: 16, bottleneck: 8 }, reconstruction: { hidden: [16, 16, 8] } }"
    )]
    [InlineData("method: mim-clustering\noptions: { prototypes: 16, head: { hidden: 16, bottleneck: 8 } }")]
    [InlineData("method: contrastive\noptions: { contrastive: { hidden: 16, dim: 8 } }")]
    public void A_thousand_steps_leave_no_tensor_alive_and_allocate_no_more_a_step(string method)
    {
        using var run = SpoiledRun.Of(SpoiledRun.Spec("{}", method, everySteps: 100_000), [], threads: 1);
        using var group = ProcessGroup.Alone(SpoiledRun.Shards);
        Take(run, group, WarmUp);
        var before = Measure();
        var first = Take(run, group, Steps / 2);
        var second = Take(run, group, Steps / 2);
        var after = Measure();

        Assert.InRange(after.Tensors - before.Tensors, -FewTensors, FewTensors);
        // What the runtime itself allocates now and then, when it compiles a method again, is in the first half if anywhere.
        Assert.InRange(second, 0, first * 1.05);
        Assert.InRange(after.Managed - before.Managed, long.MinValue, 256 * 1024);
    }

    /// <returns>Managed bytes that a step allocated, of all threads.</returns>
    private static double Take(TrainingRun run, ProcessGroup group, int steps)
    {
        var begun = GC.GetTotalAllocatedBytes(precise: true);
        for (var step = 0; step < steps; step++)
        {
            run.Step(group);
        }

        return (GC.GetTotalAllocatedBytes(precise: true) - begun) / (double)steps;
    }

    /// <summary>Tensors that nobody disposed of are alive until the collector has finalized them: so it is called first, and what is left is held.</summary>
    private static (long Tensors, long Managed) Measure()
    {
        for (var round = 0; round < 2; round++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }

        return (torch.Tensor.TotalCount, GC.GetTotalMemory(forceFullCollection: true));
    }
}
