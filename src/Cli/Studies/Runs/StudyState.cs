using Orchestrator.Cli.Studies.Plans;

namespace Orchestrator.Cli.Studies.Runs;

/// <summary>What a study has found so far: <c>study.json</c>.</summary>
public sealed record StudyState
{
    public const int CurrentVersion = 1;

    /// <summary>Of the format.</summary>
    public int Version { get; init; } = CurrentVersion;

    /// <summary><see cref="StudyPlan.Identity"/> of the study that it is of.</summary>
    public required string Identity { get; init; }

    /// <summary>In the order of the plan.</summary>
    public required IReadOnlyList<StudyRunState> Runs { get; init; }

    /// <summary>Of a plan, with what an earlier state knows of its runs.</summary>
    /// <param name="retry">Whether what failed is tried again.</param>
    public static StudyState Of(StudyPlan plan, StudyState? earlier, bool retry)
    {
        var known = (earlier?.Runs ?? []).ToDictionary(r => r.SpecSha256, StringComparer.Ordinal);
        return new StudyState
        {
            Identity = plan.Identity,
            Runs =
            [
                .. plan.Runs.Select(run =>
                    known.GetValueOrDefault(run.Hash) is not { } state
                        ? new StudyRunState
                        {
                            Cell = run.Cell,
                            Seed = run.Seed,
                            SpecSha256 = run.Hash,
                        }
                    : retry ? state.Again()
                    : state
                ),
            ],
        };
    }
}
