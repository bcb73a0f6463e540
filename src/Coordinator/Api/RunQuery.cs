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

    /// <summary>Only runs with all of these.</summary>
    public IReadOnlyDictionary<string, string> Labels { get; init; } = new Dictionary<string, string>();

    public bool Wants(RunState run) =>
        (Phases.Count == 0 || Phases.Contains(RunViewer.Phase(run))) && Labels.All(l => run.Labels.GetValueOrDefault(l.Key) == l.Value);

    /// <summary>The query of a request, or what is wrong with it.</summary>
    /// <param name="limit">Null: all runs.</param>
    /// <param name="phase">Words, comma-separated.</param>
    /// <param name="label">Each <c>key=value</c>.</param>
    public static (RunQuery? Query, string? Problem) Read(int? limit, string? before, string? phase, IReadOnlyList<string>? label = null)
    {
        var (labels, problem) = RunLabels.Read(label ?? []);
        if (labels is null)
        {
            return (null, problem);
        }

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

        return (new RunQuery(limit ?? int.MaxValue, before, phases) { Labels = labels }, null);
    }
}

/// <param name="Runs">In order of submission.</param>
/// <param name="Next">Before which run the next, older page ends; null when there is none.</param>
public sealed record RunPage(IReadOnlyList<RunState> Runs, string? Next);
