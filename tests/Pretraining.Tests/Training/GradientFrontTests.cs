using System.Runtime.InteropServices;
using Orchestrator.Collectives;
using Orchestrator.Pretraining.Backbones;
using Orchestrator.Pretraining.Data;
using Orchestrator.Pretraining.Data.Storage;
using Orchestrator.Pretraining.Methods;
using Orchestrator.Pretraining.Optimization;
using Orchestrator.Pretraining.Training;
using Orchestrator.Shared.Runs;
using Xunit;

namespace Orchestrator.Pretraining.Tests.Training;

/// <summary>
/// What may leave while backward runs is whole: no bit of it changes any more. These tests collect garbage while native code works, which whoever runs beside
/// and holds a tensor without a scope would not survive: no other test does.
/// </summary>
[Collection(nameof(GradientFrontTests))]
[CollectionDefinition(nameof(GradientFrontTests), DisableParallelization = true)]
public sealed class GradientFrontTests
{
    private const int Depth = 2;

    public static TheoryData<string> Specs => WorldSizeTests.Specs;

    [Theory]
    [MemberData(nameof(Specs))]
    public void Gradients_behind_a_block_are_whole_when_backward_reaches_its_input(string method)
    {
        var spec = WorldSizeTests.Spec(method);
        var watched = new WatchedMethod(MethodCatalog.Create(spec));
        using (var run = Open(spec, watched))
        using (var group = ProcessGroup.Alone(spec.Batch.Shards))
        {
            run.Step(group);
            run.Step(group);
        }

        Assert.Equal(2 * spec.Batch.Shards, watched.Passes.Count);
        Assert.All(
            watched.Passes,
            pass =>
            {
                Assert.Equal([2, 1, 0], pass.Early.Select(early => early.Block));
                foreach (var (block, values) in pass.Early)
                {
                    Assert.All(values, parameter => Assert.Equal(pass.Finished[parameter.Key], parameter.Value));
                    Assert.Contains(
                        values.Keys,
                        name => name.StartsWith($"backbone.{(block == Depth ? "norm" : $"blocks.{block}")}.", StringComparison.Ordinal)
                    );
                }

                // And it is not that nothing was computed after that.
                Assert.Contains(pass.Finished, p => p.Key == "backbone.pos_embed" && p.Value.Any(value => value != 0));
            }
        );
    }

    [Fact]
    public void Marks_show_in_no_bit_and_a_failure_waits_until_backward_is_over()
    {
        var spec = WorldSizeTests.Spec("method: gmml");
        var (first, second) = (new WatchedMethod(MethodCatalog.Create(spec)), new WatchedMethod(MethodCatalog.Create(spec), fail: 1));
        using var group = ProcessGroup.Alone(spec.Batch.Shards);
        using (var plain = Open(spec, MethodCatalog.Create(spec)))
        using (var watched = Open(spec, first))
        using (var same = ProcessGroup.Alone(spec.Batch.Shards))
        {
            plain.Step(group);
            watched.Step(same);
            Assert.Equal(plain.State.Sha256(), watched.State.Sha256());
        }

        using var failing = Open(spec, second);
        using var other = ProcessGroup.Alone(spec.Batch.Shards);
        Assert.Equal("at block 1", Assert.Throws<InvalidOperationException>(() => failing.Step(other)).Message);
        // Told no more after that, and backward came to its end.
        Assert.Equal([2, 1], second.Passes[0].Early.Select(early => early.Block));
        Assert.Contains(second.Passes[0].Finished["backbone.pos_embed"], value => value != 0);
    }

    private static TrainingRun Open(RunSpec spec, IPretrainingMethod method)
    {
        var data = DataSets.Open(new DataLocation(WorldSizeTests.Samples()), spec);
        var sampler = new ShardSampler(spec.Seed, data.PretrainingCount, spec.Batch.Size, spec.Batch.Shards);
        return TrainingRun.Over(
            spec,
            method,
            new RenderedShards(spec, data, sampler, threads: 1),
            RunSchedules.Of(spec, sampler.StepsPerEpoch),
            threads: 1
        );
    }

    /// <summary>Keeps the gradients that should be whole at each block, and all of them at the end.</summary>
    private sealed class WatchedMethod(IPretrainingMethod method, int? fail = null) : DelegatedMethod(method)
    {
        public List<Pass> Passes { get; } = [];

        public override void BackwardShard(ShardWork work, PretrainingNetwork student, StepContext step)
        {
            var gradients = student
                .named_parameters()
                .Where(p => p.parameter.requires_grad)
                .ToDictionary(p => p.name, p => p.parameter.grad!);
            var early = new List<(int, Dictionary<string, float[]>)>();
            var front = new GradientFront(
                new HashSet<int> { 0, 1, 2 },
                block =>
                {
                    // What native code calls is alive, whatever is collected.
                    GC.Collect();
                    GC.WaitForPendingFinalizers();
                    early.Add((block, Values(gradients.Where(g => LayerDecay.Layer(g.Key, Depth) > block))));
                    if (block == fail)
                    {
                        throw new InvalidOperationException($"at block {block}");
                    }
                }
            );
            work.Front = front;
            base.BackwardShard(work, student, step);
            Passes.Add(new Pass(early, Values(gradients)));
            front.ThrowIfFailed();
        }

        private static Dictionary<string, float[]> Values(IEnumerable<KeyValuePair<string, TorchSharp.torch.Tensor>> gradients) =>
            gradients.ToDictionary(g => g.Key, g => MemoryMarshal.Cast<byte, float>(g.Value.bytes).ToArray());
    }

    private sealed record Pass(List<(int Block, Dictionary<string, float[]> Values)> Early, Dictionary<string, float[]> Finished);
}
