using Orchestrator.Collectives;

namespace Orchestrator.Pretraining.Methods.Distillation;

/// <summary>How the teacher's logits of one kind of tokens become targets.</summary>
public interface ITeacherAssignment
{
    /// <summary>Running statistics that are part of the state: their length; 0 for none.</summary>
    int CenterLength { get; }

    /// <summary>Fills the targets of every local shard from the logits of the global batch.</summary>
    /// <param name="tokens">A shard's memory of the tokens.</param>
    /// <param name="center">The running statistics; empty for none.</param>
    void Assign(StepContext step, Func<ShardWork, TokenMemory> tokens, HostBuffer<float> center);

    /// <summary>Updates running statistics, after use.</summary>
    void AfterCommit(Span<float> center);
}
