using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using Orchestrator.Coordinator.Runs;
using Orchestrator.Coordinator.Serialization;
using Orchestrator.Shared.Runs;

namespace Orchestrator.Coordinator.Fleet;

/// <param name="Initial">As it was submitted; null: its spec cannot be read.</param>
/// <param name="Ended">As it ended, if it needs no actor; else null.</param>
/// <param name="Errors">What is wrong with its spec.</param>
public sealed record RestoredRun(string Run, RunState? Initial, RunState? Ended, IReadOnlyList<SpecError> Errors);

/// <summary>
/// Submissions of the journal, made runs again. The journal is read past the runs' actors, so what is found counts only of runs that have ended: nothing
/// can come after an end but an evaluation that was asked for, and who brings one wakes the run's actor, which reads its own journal and appends under the fence.
/// </summary>
public static class RestoredRuns
{
    /// <summary>In order of submission. Takes as long as reading the journal does: not for an actor's thread.</summary>
    public static IReadOnlyList<RestoredRun> Of(IReadOnlyList<RunSubmitted> submitted, HeadParts parts, JournalSerializer serializer)
    {
        // Most of it is reading specs and events: every core takes some.
        var now = parts.Time.GetUtcNow();
        var runs = submitted.AsParallel().AsOrdered().Select(run => Initial(run, parts.Timers)).ToList();
        var initial = runs.Where(run => run.Initial is not null).ToDictionary(run => run.Run, run => run.Initial!, StringComparer.Ordinal);
        var ended = parts
            .Journal.Runs()
            .AsParallel()
            .Select(journaled =>
                initial.TryGetValue(journaled.Run, out var state) && journaled.Events(serializer) is { } events
                    ? EndedRuns.Of(state, events, now)
                    : null
            )
            .OfType<RunState>()
            .ToDictionary(state => state.Run, StringComparer.Ordinal);
        foreach (var (run, rows) in parts.Rows.ReadLast([.. ended.Keys]))
        {
            if (EndedRuns.Progress(ended[run], rows) is { } progress)
            {
                ended[run] = ended[run] with { Progress = progress };
            }
            else
            {
                ended.Remove(run);
            }
        }

        return [.. runs.Select(run => run with { Ended = ended.GetValueOrDefault(run.Run) })];
    }

    /// <summary>A run as it was submitted. The journal's own writing is read back: a valid spec of this version, or of one whose keys are all known still.</summary>
    public static RestoredRun Initial(RunSubmitted run, RunTimers timers)
    {
        var spec = RunSpecParser.Parse(run.SpecJson);
        var state = spec.Spec is null
            ? null
            : new RunState
            {
                Run = run.Run,
                Spec = spec.Spec,
                SpecJson = run.SpecJson,
                RunKey = run.RunKey,
                CreatedAt = run.At,
                User = run.User ?? RunOwner.Anonymous,
                SpecSha256 = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(run.SpecJson))),
                ClonedFrom = run.ClonedFrom,
                SubmittedLabels = (run.Labels ?? new Dictionary<string, string>()).ToImmutableSortedDictionary(StringComparer.Ordinal),
                Trial = run.Trial,
                Timers = timers,
            };
        return new RestoredRun(run.Run, state, null, spec.Errors);
    }
}
