namespace Orchestrator.Pretraining.Methods.MimClustering;

/// <summary>How the teacher's logits become targets without collapse.</summary>
public interface ITeacherAssignment
{
    /// <summary>Running statistics that are part of the state.</summary>
    IReadOnlyList<(string Name, int Length)> Centers { get; }

    /// <summary>Fills the targets of every local shard from the logits of the global batch.</summary>
    void Assign(StepContext step);

    /// <summary>Updates running statistics, after use.</summary>
    void AfterCommit(StepContext step);
}
