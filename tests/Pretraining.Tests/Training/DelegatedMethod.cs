using Orchestrator.Pretraining.Methods;
using Orchestrator.Shared.Protocol;

namespace Orchestrator.Pretraining.Tests.Training;

/// <summary>Another method, whose backward passes a test does something about.</summary>
internal abstract class DelegatedMethod(IPretrainingMethod method) : IPretrainingMethod
{
    public IReadOnlyList<string> LossTerms => method.LossTerms;
    public bool HasTeacher => method.HasTeacher;
    public bool TeacherLeads => method.TeacherLeads;
    public IReadOnlyList<(string Name, int Length)> Centers => method.Centers;
    public int HealthLength => method.HealthLength;

    public IReadOnlyList<HealthFigure> Health(ReadOnlySpan<double> sums, StepContext step) => method.Health(sums, step);

    public PretrainingNetwork CreateNetwork() => method.CreateNetwork();

    public object? CreateShardMemory(int rows) => method.CreateShardMemory(rows);

    public void PrepareShard(ShardWork work, PretrainingNetwork student, PretrainingNetwork? teacher, StepContext step) =>
        method.PrepareShard(work, student, teacher, step);

    public void ExchangeStatistics(StepContext step) => method.ExchangeStatistics(step);

    public virtual void BackwardShard(ShardWork work, PretrainingNetwork student, StepContext step) =>
        method.BackwardShard(work, student, step);

    public void AfterCommit(StepContext step) => method.AfterCommit(step);
}
