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
    /// Members are reporters that neither drain nor are kept out, of one fingerprint, without a blamed pair. Base: the best of all reporters' states (a draining one's too)
    /// and the last complete checkpoint. Prefers the best base, then the most members, then a holder inside, then the old order of ranks.
    /// </summary>
    public static MemberChoice Choose(RunState state, DateTimeOffset now)
    {
        var reporters = state
            .Workers.Values.Where(w => !w.GivenUp && !PreparingRules.IsExcluded(state, w) && w.Promised(state.Run, state.PreparedNumber))
            .Select(w => w.Status!)
            .ToArray();
        var fingerprint = Fingerprint(state, reporters);
        var fitting = reporters.Where(s => state.Workers[s.WorkerId].MayTrain && s.Fingerprint == fingerprint).ToArray();
        var holders = Best(state, reporters);
        if (holders.FirstOrDefault(h => h.Held!.Digest != holders[0].Held!.Digest) is { } other)
        {
            return Differ(
                $"{holders[0].WorkerId} and {other.WorkerId} hold different states of step {other.Held!.Step} ({holders[0].Held!.Digest[..8]}…, {other.Held.Digest[..8]}…)",
                holders
            );
        }

        var (min, max) = (state.Spec.Workers.Min, state.MostRanks);
        if (fitting.Length < min)
        {
            return None($"needs {Count(min)}, has {fitting.Length}{Others(state, reporters, fitting)}");
        }

        fitting = StragglerRules.WithoutReplaced(state, fitting);
        var blames = Blames.Among(state, [.. fitting.Select(Process)], now);
        var members = Ordered(state, LargestWithoutBlame(fitting, blames, holders), holders, max);
        return members.Count < min
            ? None(
                $"needs {Count(min)}; {string.Join(", ", blames.Select(b => b.Pair))} could not connect and are tried again at {blames.Min(b => b.Until):HH:mm:ss}",
                blocked: true
            )
            : Based(state, members, holders);
    }

    private static MemberChoice None(string reason, bool blocked = false) => new([], 0, "", 0, [], null, reason, blocked, false);

    /// <summary>The sources are those who differ.</summary>
    private static MemberChoice Differ(string reason, IReadOnlyList<WorkerStatus> holders) =>
        new([], 0, "", 0, holders, null, reason, false, true);

    private static MemberChoice Based(RunState state, IReadOnlyList<WorkerStatus> members, IReadOnlyList<WorkerStatus> holders)
    {
        var reason = $"{members.Count} of at most {state.MostRanks}";
        if (holders.Count > 0)
        {
            var held = holders[0].Held!;
            return new MemberChoice(members, held.Step, held.Digest, held.StateGeneration, holders, null, reason, false, false);
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

    /// <summary>All who hold the best state; none when the last checkpoint is better, or nobody is past the initial state, which needs no source.</summary>
    private static WorkerStatus[] Best(RunState state, WorkerStatus[] reporters)
    {
        var trusted = reporters.Where(s => s.Held is { } held && RunCorruption.Trusts(state, held.Step, held.StateGeneration)).ToArray();
        var best = trusted.Select(s => s.Held!.Step).Append(0).Max();
        return best == 0 || best < (state.LastCheckpoint?.Step ?? 0) ? [] : [.. trusted.Where(s => s.Held!.Step == best)];
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
            : state.Workers[s.WorkerId].KeptOut ? "was lost again and again and is kept out (quarantine)"
            : "computes other bits (another fingerprint)";
        var others = reporters.Except(fitting).Select(s => $"{s.WorkerId} {Why(s)}").ToArray();
        return others.Length == 0 ? "" : $" ({string.Join(", ", others)})";
    }

    private static string Count(int workers) => workers == 1 ? "1 worker" : $"{workers} workers";

    private static string Process(WorkerStatus status) => RunState.Process(status.WorkerId, status.Incarnation);

    /// <summary>Drops one of each blamed pair, whichever leaves the better rest: tried both ways while pairs are few, else the most blamed goes.</summary>
    private static IReadOnlyList<WorkerStatus> LargestWithoutBlame(
        IReadOnlyList<WorkerStatus> workers,
        IReadOnlyList<Blame> blames,
        IReadOnlyList<WorkerStatus> holders
    )
    {
        var standing = blames.Where(b => workers.Any(w => Process(w) == b.Left) && workers.Any(w => Process(w) == b.Right)).ToArray();
        if (standing.Length == 0)
        {
            return workers;
        }

        if (standing.Length > 10)
        {
            var most = standing
                .SelectMany(b => new[] { b.Left, b.Right })
                .GroupBy(p => p, StringComparer.Ordinal)
                .OrderByDescending(g => g.Count())
                .ThenBy(g => g.Key, StringComparer.Ordinal)
                .First()
                .Key;
            return LargestWithoutBlame(Without(workers, most), standing, holders);
        }

        var left = LargestWithoutBlame(Without(workers, standing[0].Right), standing, holders);
        var right = LargestWithoutBlame(Without(workers, standing[0].Left), standing, holders);
        return Worth(right, holders).CompareTo(Worth(left, holders)) > 0 ? right : left;
    }

    private static (int Count, int Holders) Worth(IReadOnlyList<WorkerStatus> members, IReadOnlyList<WorkerStatus> holders) =>
        (members.Count, members.Count(holders.Contains));

    private static WorkerStatus[] Without(IReadOnlyList<WorkerStatus> workers, string process) =>
        [.. workers.Where(w => Process(w) != process)];

    private static List<WorkerStatus> Ordered(
        RunState state,
        IReadOnlyList<WorkerStatus> workers,
        IReadOnlyList<WorkerStatus> holders,
        int max
    )
    {
        var ranks = (state.Generation?.Members ?? [])
            .Select((member, rank) => (member.WorkerId, rank))
            .ToDictionary(m => m.WorkerId, m => m.rank, StringComparer.Ordinal);
        int Rank(WorkerStatus s) => ranks.GetValueOrDefault(s.WorkerId, int.MaxValue);
        var chosen = workers
            .OrderBy(s => holders.Count == 0 || holders.Contains(s) ? 0 : 1)
            .ThenBy(Rank)
            .ThenBy(s => s.WorkerId, StringComparer.Ordinal)
            .Take(max);
        return [.. chosen.OrderBy(Rank).ThenBy(s => s.WorkerId, StringComparer.Ordinal)];
    }
}
