using Orchestrator.Shared.Protocol;

namespace Orchestrator.Coordinator.Runs;

/// <summary>Who forms the next generation, from which state, and why. No members: why not.</summary>
/// <param name="Members">In rank order.</param>
/// <param name="BaseDigest">Empty for the initial state.</param>
/// <param name="Sources">All who hold the base, members or not.</param>
/// <param name="CheckpointPath">Set when the base is the last complete checkpoint and nobody holds it.</param>
/// <param name="BlockedByBlame">Enough workers are there, but connections between them failed a short while ago.</param>
/// <param name="Conflict">Two workers hold different states of one step: the run must not go on.</param>
public sealed record MemberChoice(
    IReadOnlyList<WorkerStatus> Members,
    long BaseStep,
    string BaseDigest,
    long BaseStateGeneration,
    IReadOnlyList<WorkerStatus> Sources,
    string? CheckpointPath,
    string Reason,
    bool BlockedByBlame,
    string? Conflict
)
{
    /// <summary>
    /// Members are reporters that do not drain, of one fingerprint, without a blamed pair. Base: the best of all reporters' states (a draining one's too) that
    /// they reach, and the last complete checkpoint. Prefers the best base, then the most members, then holders inside, then the old order of ranks.
    /// </summary>
    public static MemberChoice Choose(RunState state, DateTimeOffset now)
    {
        var reporters = state
            .Workers.Values.Where(w => !w.GivenUp && !PreparingRules.IsExcluded(state, w) && w.Promised(state.Run, state.PreparedNumber))
            .Select(w => w.Status!)
            .ToArray();
        var fingerprint = Fingerprint(state, reporters);
        var fitting = reporters.Where(s => !s.Draining && s.Fingerprint == fingerprint).ToArray();
        var (min, max) = (state.Spec.Workers.Min, state.MostRanks);
        var blames = Blames.Among(state, [.. reporters.Select(BaseChoice.Process)], now);
        var bases = PartedGroups
            .Of(fitting, blames)
            .Where(g => g.Count >= min)
            .Select(g => BaseChoice.For(state, g, reporters, blames))
            .ToArray();
        var best = bases.MaxBy(b => (b.Step, Math.Min(b.Members.Count, max), b.HoldersInside));
        if ((Contradiction(BaseChoice.Best(state, reporters)) ?? Contradiction(best?.Holders ?? [])) is { } conflict)
        {
            return None(conflict, conflict: true);
        }

        if (fitting.Length < min)
        {
            return None($"needs {Count(min)}, has {fitting.Length}{Others(reporters, fitting)}");
        }

        return best is null
            ? None(
                $"needs {Count(min)}; {string.Join(", ", blames.Select(b => b.Pair))} could not connect and are tried again at {blames.Min(b => b.Until):HH:mm:ss}",
                blocked: true
            )
            : Based(state, Ordered(state, best, max), best);
    }

    private static MemberChoice None(string reason, bool blocked = false, bool conflict = false) =>
        new([], 0, "", 0, [], null, reason, blocked, conflict ? reason : null);

    /// <summary>Two different states of one step, in words.</summary>
    private static string? Contradiction(IReadOnlyList<WorkerStatus> holders) =>
        holders.FirstOrDefault(h => h.Held!.Digest != holders[0].Held!.Digest) is { } other
            ? $"{holders[0].WorkerId} and {other.WorkerId} hold different states of step {other.Held!.Step} ({holders[0].Held!.Digest[..8]}…, {other.Held.Digest[..8]}…)"
            : null;

    private static MemberChoice Based(RunState state, IReadOnlyList<WorkerStatus> members, BaseChoice from)
    {
        var reason = $"{members.Count} of at most {state.MostRanks}";
        if (from.Holders.Count > 0)
        {
            var held = from.Holders[0].Held!;
            return new MemberChoice(members, held.Step, held.Digest, held.StateGeneration, from.Holders, null, reason, false, null);
        }

        return state.LastCheckpoint is { } checkpoint
            ? new MemberChoice(
                members,
                checkpoint.Step,
                checkpoint.Digest,
                checkpoint.StateGeneration,
                [],
                checkpoint.Path,
                reason,
                false,
                null
            )
            : new MemberChoice(members, 0, "", 0, [], null, reason, false, null);
    }

    /// <summary>A run keeps the fingerprint that it began with; at first the one that most workers have.</summary>
    private static string Fingerprint(RunState state, WorkerStatus[] reporters) =>
        state.Formed?.Fingerprint
        ?? reporters
            .Where(s => !s.Draining)
            .GroupBy(s => s.Fingerprint, StringComparer.Ordinal)
            .OrderByDescending(g => g.Count())
            .ThenBy(g => g.Key, StringComparer.Ordinal)
            .FirstOrDefault()
            ?.Key
        ?? "";

    private static string Others(WorkerStatus[] reporters, WorkerStatus[] fitting)
    {
        var others = reporters
            .Except(fitting)
            .Select(s => $"{s.WorkerId} {(s.Draining ? "is draining" : "computes other bits (another fingerprint)")}")
            .ToArray();
        return others.Length == 0 ? "" : $" ({string.Join(", ", others)})";
    }

    private static string Count(int workers) => workers == 1 ? "1 worker" : $"{workers} workers";

    private static List<WorkerStatus> Ordered(RunState state, BaseChoice choice, int max)
    {
        var ranks = (state.Generation?.Members ?? [])
            .Select((member, rank) => (member.WorkerId, rank))
            .ToDictionary(m => m.WorkerId, m => m.rank, StringComparer.Ordinal);
        int Rank(WorkerStatus s) => ranks.GetValueOrDefault(s.WorkerId, int.MaxValue);
        var chosen = choice
            .Members.OrderBy(s => choice.Holders.Count == 0 || choice.Holders.Contains(s) ? 0 : 1)
            .ThenBy(Rank)
            .ThenBy(s => s.WorkerId, StringComparer.Ordinal)
            .Take(max);
        return [.. chosen.OrderBy(Rank).ThenBy(s => s.WorkerId, StringComparer.Ordinal)];
    }
}
