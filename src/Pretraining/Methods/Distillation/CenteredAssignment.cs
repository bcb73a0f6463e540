using Orchestrator.Collectives;
using Orchestrator.Pretraining.Objectives;

namespace Orchestrator.Pretraining.Methods.Distillation;

/// <summary>
/// Centering and sharpening (DINO): targets softmax((logits − center) / τ); the center follows the mean of the raw logits over the global
/// batch with a momentum, updated after use.
/// </summary>
public sealed class CenteredAssignment(int prototypes, double momentum) : ITeacherAssignment
{
    private readonly double[] batchMean = new double[prototypes];

    public int CenterLength => prototypes;

    public void Assign(StepContext step, Func<ShardWork, TokenMemory> tokens, HostBuffer<float> center)
    {
        var rows = tokens(step.Local[0]).Rows;
        var sums = step.Sums.Sum(prototypes, (i, vector) => Centering.AddRows(tokens(step.Local[i]).Logits, vector));
        for (var k = 0; k < prototypes; k++)
        {
            batchMean[k] = sums[k] / ((long)rows * step.Shards);
        }

        step.ForEachShard(work =>
        {
            var memory = tokens(work);
            Centering.Probabilities(memory.Logits, center.Span, (float)step.TeacherTemperature, memory.Targets);
        });
    }

    public void AfterCommit(Span<float> center) => Centering.Update(center, batchMean, momentum);
}
