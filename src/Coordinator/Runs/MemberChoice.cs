using Orchestrator.Shared.Protocol;

namespace Orchestrator.Coordinator.Runs;

/// <summary>Who forms the next generation, from which state, and why. No members: why not.</summary>
/// <param name="Members">In rank order.</param>
/// <param name="BaseDigest">Empty for the initial state.</param>
/// <param name="Sources">All who hold the base, members or not.</param>
/// <param name="CheckpointPath">Set when the base is the last complete checkpoint and nobody holds it.</param>
/// <param name="BlockedByBlame">Enough workers are there, but connections between them failed a short while ago.</param>
/// <param name="Conflict">The sources hold different states of one step: none of them can be begun from.</param>
public sealed record MemberChoice(
    IReadOnlyList<WorkerStatus> Members,
    long BaseStep,
    string BaseDigest,
    long BaseStateGeneration,
    IReadOnlyList<WorkerStatus> Sources,
    string? CheckpointPath,
    string Reason,
    bool BlockedByBlame,
    bool Conflict
)
{
    /// <summary>
    /// Members are reporters that neither drain nor are kept out, of one fingerprint, without a blamed pair. Base: the best of all reporters' states (a
    /// draining one's too) that they reach, and the last complete checkpoint. Prefers the best base, then the most members, then holders inside, then the
    /// old order of ranks, but for ranks of one data address, which are neighbors.
    /// </summary>
    public static MemberChoice Choose(RunState state, DateTimeOffset now)
    {
        var reporters = state
            .Workers.Values.Where(w => !w.GivenUp && !PreparingRules.IsExcluded(state, w) && w.Promised(state.Run, state.PreparedNumber))
            .Select(w => w.Status!)
            .ToArray();
        var fingerprint = Fingerprint(state, reporters);
        var fitting = reporters.Where(s => state.Workers[s.WorkerId].MayTrain && s.Fingerprint == fingerprint).ToArray();
        var (min, max) = (state.Terms.MinWorkers, state.MostRanks);
        var blames = Blames.Among(state, [.. reporters.Select(BaseChoice.Process)], now);
        var bases = PartedGroups
            .Of(StragglerRules.WithoutReplaced(state, fitting), blames)
            .Where(g => g.Count >= min)
            .Select(g => BaseChoice.For(state, g, reporters, blames))
            .ToArray();
        var best = bases.MaxBy(b => (b.Step, Math.Min(b.Members.Count, max), b.HoldersInside));
        foreach (var holders in new[] { BaseChoice.Best(state, reporters), best?.Holders ?? [] })
        {
            if (Contradiction(holders) is { } conflict)
            {
                return Differ(conflict, holders);
            }
        }

        if (fitting.Length < min)
        {
            return None($"needs {Count(min)}, has {fitting.Length}{Others(state, reporters, fitting)}");
        }

        return best is null
            ? None(
                $"needs {Count(min)}; {string.Join(", ", blames.Select(b => b.Pair))} could not connect and are tried again at {blames.Min(b => b.Until):HH:mm:ss}",
                blocked: true
            )
            : Based(state, Ordered(state, best, max), best);
    }

    private static MemberChoice None(string reason, bool blocked = false) => new([], 0, "", 0, [], null, reason, blocked, false);

    /// <summary>The sources are those who differ.</summary>
    private static MemberChoice Differ(string reason, IReadOnlyList<WorkerStatus> holders) =>
        new([], 0, "", 0, holders, null, reason, false, true);

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
            return new MemberChoice(members, held.Step, held.Digest, held.StateGeneration, from.Holders, null, reason, false, false);
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
                false
            )
            : new MemberChoice(members, 0, "", 0, [], null, reason, false, false);
    }

    /// <summary>A run keeps the fingerprint that it began with; at first the one that most workers have.</summary>
    private static string Fingerprint(RunState state, WorkerStatus[] reporters) =>
        state.Formed?.Fingerprint
        ?? reporters
            .Where(s => state.Workers[s.WorkerId].MayTrain)
            .GroupBy(s => s.Fingerprint, StringComparer.Ordinal)
            .OrderByDescending(g => g.Count())
            .ThenBy(g => g.Key, StringComparer.Ordinal)
            .FirstOrDefault()
            ?.Key
        ?? "";

    private static string Others(RunState state, WorkerStatus[] reporters, WorkerStatus[] fitting)
    {
        string Why(WorkerStatus s) =>
            s.Draining ? "is draining"
            : state.Workers[s.WorkerId].Recalled ? "is recalled"
            : state.Workers[s.WorkerId].KeptOut ? "was lost again and again and is kept out (quarantine)"
            : "computes other bits (another fingerprint)";
        var others = reporters.Except(fitting).Select(s => $"{s.WorkerId} {Why(s)}").ToArray();
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

        // Ranks of one host are neighbors, hosts in the order of their first ranks: sums then go hosts first.
        return
        [
            .. chosen
                .OrderBy(Rank)
                .ThenBy(s => s.WorkerId, StringComparer.Ordinal)
                .GroupBy(s => s.DataHost, StringComparer.Ordinal)
                .SelectMany(host => host),
        ];
    }
}
