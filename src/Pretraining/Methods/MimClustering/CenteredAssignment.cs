using Orchestrator.Pretraining.Objectives;

namespace Orchestrator.Pretraining.Methods.MimClustering;

/// <summary>
/// Centering and sharpening (DINO): targets softmax((logits − center) / τ); the center follows the mean of the raw logits over the global
/// batch with a momentum, updated after use.
/// </summary>
public sealed class CenteredAssignment(int prototypes, double momentum) : ITeacherAssignment
{
    private readonly double[] batchMean = new double[prototypes];

    public IReadOnlyList<(string Name, int Length)> Centers { get; } = [("center", prototypes)];

    public void Assign(StepContext step)
    {
        var rows = step.Local[0].Memory<AssignmentMemory>().Rows;
        var sums = step.Sums.Sum(prototypes, (i, vector) => Centering.AddRows(step.Local[i].Memory<AssignmentMemory>().Logits, vector));
        for (var k = 0; k < prototypes; k++)
        {
            batchMean[k] = sums[k] / ((long)rows * step.Shards);
        }

        var center = step.Centers!.Host;
        step.ForEachShard(work =>
        {
            var memory = work.Memory<AssignmentMemory>();
            Centering.Probabilities(memory.Logits, center.Span[..prototypes], (float)step.TeacherTemperature, memory.Targets);
        });
    }

    public void AfterCommit(StepContext step) => Centering.Update(step.Centers!.Host.Span[..prototypes], batchMean, momentum);
}
