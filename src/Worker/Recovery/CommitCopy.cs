using Orchestrator.Pretraining.Training;

namespace Orchestrator.Worker.Recovery;

/// <summary>A committed step, kept until every follower has it.</summary>
/// <param name="Gradient">Empty where the step was not applied.</param>
internal sealed record CommitCopy(long Step, long Generation, float[] Gradient, IReadOnlyList<SlotValues> Statistics)
{
    public long Bytes => sizeof(float) * (long)Gradient.Length;

    public static CommitCopy Of(CommittedStep committed, long generation) =>
        new(committed.Step, generation, committed.Gradient is { } gradient ? gradient.Span.ToArray() : [], committed.Statistics);
}
