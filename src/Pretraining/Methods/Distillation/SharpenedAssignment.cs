using Orchestrator.Collectives;
using Orchestrator.Pretraining.Objectives;

namespace Orchestrator.Pretraining.Methods.Distillation;

/// <summary>Targets softmax(logits / τ): nothing here keeps the assignments from collapsing. ME-MAX does so in the loss; alone it collapses.</summary>
public sealed class SharpenedAssignment(int prototypes) : ITeacherAssignment
{
    private readonly float[] nothing = new float[prototypes];

    public int CenterLength => 0;

    public void Assign(StepContext step, Func<ShardWork, TokenMemory> tokens, HostBuffer<float> center) =>
        step.ForEachShard(work =>
        {
            var memory = tokens(work);
            Centering.Probabilities(memory.Logits, nothing, (float)step.TeacherTemperature, memory.Targets);
        });

    public void AfterCommit(Span<float> center)
    {
        // Nothing runs.
    }
}
