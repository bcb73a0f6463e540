using Orchestrator.Shared.Api;

namespace Orchestrator.Cli.Studies.Runs;

/// <summary>What a run took.</summary>
/// <param name="WallSeconds">From its first generation to its end.</param>
/// <param name="WorkerSeconds">Of its steps that stand, each times the workers that took part.</param>
/// <param name="EvaluationSeconds">Of its evaluations, each on one worker.</param>
public sealed record StudyCost(double WallSeconds, double WorkerSeconds, double EvaluationSeconds)
{
    public static StudyCost Of(RunDetailView detail, IReadOnlyList<StepRowView> rows, IEnumerable<StudyEvaluationState> evaluations)
    {
        var run = detail.Run;
        var workers = detail.Generations.GroupBy(g => g.Number).ToDictionary(g => g.Key, g => g.Last().Workers.Count);
        return new StudyCost(
            run.EndedAt is { } ended ? Math.Round((ended - (run.StartedAt ?? run.CreatedAt)).TotalSeconds, 2) : 0,
            Math.Round(rows.Sum(row => row.Seconds * workers.GetValueOrDefault(row.Generation, run.WorldSize)), 2),
            Math.Round(evaluations.Sum(e => e.Result?.Seconds ?? 0), 2)
        );
    }
}
