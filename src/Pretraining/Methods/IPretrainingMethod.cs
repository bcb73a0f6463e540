using Orchestrator.Shared.Protocol;

namespace Orchestrator.Pretraining.Methods;

/// <summary>
/// What makes a method: four moments of a step (prepare a shard; what must be known of the whole batch; student, loss and backward of a
/// shard; after the commit) and the parts that it needs. Nothing else: no events, no callbacks. Statistics of the batch enter a shard's loss
/// detached, so no exchange happens inside autograd.
/// </summary>
public interface IPretrainingMethod
{
    /// <summary>Names of the loss terms in <see cref="ShardWork.Losses"/>; the step's total is their sum.</summary>
    IReadOnlyList<string> LossTerms { get; }

    /// <summary>Whether an EMA teacher is kept.</summary>
    bool HasTeacher { get; }

    /// <summary>The teacher moves before its forward pass of a step (MoCo-v3) rather than after the optimizer's: with that step's momentum, once the step before is committed.</summary>
    bool TeacherLeads => false;

    /// <summary>Names and lengths of running statistics that are part of the state; empty for none.</summary>
    IReadOnlyList<(string Name, int Length)> Centers { get; }

    /// <summary>Numbers that a shard adds to <see cref="ShardWork.Health"/>; 0: the method tells nothing.</summary>
    int HealthLength => 0;

    /// <summary>How learning goes, from the sums of <see cref="ShardWork.Health"/> over the global batch.</summary>
    IReadOnlyList<HealthFigure> Health(ReadOnlySpan<double> sums, StepContext step) => [];

    /// <summary>A network of the method, student or teacher; parameters are bound and filled by the caller.</summary>
    PretrainingNetwork CreateNetwork();

    /// <summary>Working memory of one shard, used again every step; null for none.</summary>
    object? CreateShardMemory(int rows);

    /// <summary>On a shard thread, without gradients: the teacher's forward pass on the clean views, and the student's where the loss needs a mean of it.</summary>
    void PrepareShard(ShardWork work, PretrainingNetwork student, PretrainingNetwork? teacher, StepContext step);

    /// <summary>On the control thread: sums over the whole batch that the loss needs.</summary>
    void ExchangeStatistics(StepContext step);

    /// <summary>On a shard thread: the student's forward pass, its loss terms into <see cref="ShardWork.Losses"/>, and backward into the bound gradients.</summary>
    void BackwardShard(ShardWork work, PretrainingNetwork student, StepContext step);

    /// <summary>On the control thread, once the optimizer's step is applied: running statistics.</summary>
    void AfterCommit(StepContext step);
}
