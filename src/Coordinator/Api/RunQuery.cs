using Orchestrator.Coordinator.Runs;
using Orchestrator.Shared.Runs;

namespace Orchestrator.Coordinator.Api;

/// <summary>Which runs of a list are asked for.</summary>
/// <param name="Limit">So many at most, the newest.</param>
/// <param name="Before">Only runs that were submitted before this one; null: all.</param>
/// <param name="Phases">Only runs in one of these; empty: in any.</param>
public sealed record RunQuery(int Limit, string? Before, IReadOnlyList<RunPhase> Phases)
{
    /// <summary>Most runs of one page.</summary>
    public const int MostRuns = 1000;

    public bool Wants(RunState run) => Phases.Count == 0 || Phases.Contains(RunViewer.Phase(run));

    /// <summary>The query of a request, or what is wrong with it.</summary>
    /// <param name="limit">Null: all runs.</param>
    /// <param name="phase">Words, comma-separated.</param>
    public static (RunQuery? Query, string? Problem) Read(int? limit, string? before, string? phase)
    {
        if (limit is < 1 or > MostRuns)
        {
            return (null, $"limit: {limit} – must be 1 to {MostRuns}, or left out for all runs.");
        }

        var phases = new List<RunPhase>();
        foreach (var word in phase?.Split(',', StringSplitOptions.TrimEntries) ?? [])
        {
            var known = Enum.GetValues<RunPhase>().Where(p => SpecWords.Word(p) == word).ToArray();
            if (known.Length == 0)
            {
                return (
                    null,
                    $"phase: {word} – must be {string.Join(", ", Enum.GetValues<RunPhase>().Select(SpecWords.Word))}, or several with commas."
                );
            }

            phases.AddRange(known);
        }

        return (new RunQuery(limit ?? int.MaxValue, before, phases), null);
    }
}

/// <param name="Runs">In order of submission.</param>
/// <param name="Next">Before which run the next, older page ends; null when there is none.</param>
public sealed record RunPage(IReadOnlyList<RunState> Runs, string? Next);
