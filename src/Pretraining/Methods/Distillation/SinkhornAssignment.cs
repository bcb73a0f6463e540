using System.Numerics.Tensors;
using Orchestrator.Collectives;
using Orchestrator.Pretraining.Objectives;
using Orchestrator.Shared.Methods;

namespace Orchestrator.Pretraining.Methods.Distillation;

/// <summary>
/// Sinkhorn-Knopp over the global batch: prototype sums cross shards through the tree, a sample's own sum stays in its shard. One assignment
/// for each view, or one over both.
/// </summary>
public sealed class SinkhornAssignment(int prototypes, SinkhornOptions options, bool unitLogits) : ITeacherAssignment
{
    public int CenterLength => 0;

    public void Assign(StepContext step, Func<ShardWork, TokenMemory> tokens, HostBuffer<float> center)
    {
        var groups = options.Rows == SinkhornRows.PerView ? 2 : 1;
        var rows = tokens(step.Local[0]).Rows / groups;
        var samples = (long)rows * step.Shards;
        // Logits of unit vectors against unit prototypes are at most 1: no maximum has to be exchanged.
        var shift = unitLogits ? 1f : step.Maximum(work => TensorPrimitives.Max<float>(tokens(work).Logits));
        var temperature = (float)step.TeacherTemperature;
        step.ForEachShard(work =>
        {
            var memory = tokens(work);
            Sinkhorn.Exponentials(memory.Logits, prototypes, temperature, memory.Targets);
        });
        for (var iteration = 0; iteration < options.Iterations; iteration++)
        {
            var first = iteration == 0;
            var sums = step
                .Sums.Sum(
                    groups * prototypes,
                    (i, vector) => AddPrototypeSums(tokens(step.Local[i]), groups, vector, first, shift, temperature)
                )
                .ToArray();
            var last = iteration == options.Iterations - 1;
            step.ForEachShard(work =>
            {
                var length = rows * prototypes;
                for (var g = 0; g < groups; g++)
                {
                    var q = tokens(work).Targets.AsSpan(g * length, length);
                    Sinkhorn.Normalize(q, sums.AsSpan(g * prototypes, prototypes), samples, last);
                }
            });
        }
    }

    public void AfterCommit(Span<float> center)
    {
        // Every batch is assigned by itself.
    }

    private void AddPrototypeSums(TokenMemory memory, int groups, Span<double> sums, bool first, float shift, float temperature)
    {
        var length = memory.Targets.Length / groups;
        for (var g = 0; g < groups; g++)
        {
            var assignments = memory.Targets.AsSpan(g * length, length);
            var groupSums = sums.Slice(g * prototypes, prototypes);
            if (first)
            {
                Sinkhorn.AddFirstSums(memory.Logits.AsSpan(g * length, length), assignments, shift, temperature, groupSums);
            }
            else
            {
                Centering.AddRows(assignments, groupSums);
            }
        }
    }
}
