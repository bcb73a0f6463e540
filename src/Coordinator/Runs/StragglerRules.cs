using System.Collections.Immutable;
using System.Globalization;
using Orchestrator.Shared.Protocol;
using Orchestrator.Shared.Runs;

namespace Orchestrator.Coordinator.Runs;

/// <summary>
/// Slow ranks: who computes longer a shard than so many times the median, over a whole window of its own steps. What follows is the spec's policy;
/// the bits are the same with each.
/// </summary>
internal static class StragglerRules
{
    /// <summary>A new cut has to make the slowest rank's step shorter than this share of what it is, or it is not worth a handover.</summary>
    private const double Worthwhile = 0.9;

    // Each new cut doubles the hold-off to the next, up to 2^6 times.
    private const int MostDoublings = 6;

    /// <summary>Members whose window is full; empty while fewer than two, or than more than half of the ranks, have one.</summary>
    public static IReadOnlyList<MemberPace> Paces(RunState state)
    {
        if (state is not { Mode: RunMode.Watching, Started: true, Generation: { } generation })
        {
            return [];
        }

        var timed = generation
            .Members.Select((member, rank) => (member, rank, Time: Time(state, generation, member)))
            .Where(m => m.Time is not null)
            .ToArray();
        if (timed.Length < 2 || 2 * timed.Length <= generation.Members.Count)
        {
            return [];
        }

        var median = timed.Select(m => m.Time!.Seconds).Order().ElementAt((timed.Length - 1) / 2);
        return
        [
            .. timed.Select(m => new MemberPace(
                m.member.WorkerId,
                RunState.Process(m.member.WorkerId, m.member.Incarnation),
                m.rank,
                m.Time!.Seconds,
                median
            )),
        ];
    }

    /// <summary>Tells of who has become slow and who has got over it; cuts the shards anew where the policy is to.</summary>
    public static RunStep? Next(RunState state, DateTimeOffset now) =>
        Paces(state) is { Count: > 0 } paces ? Tell(state, paces, now) ?? Rebalance(state, paces, now) : null;

    /// <summary>Members that are slow and give their place to another worker, as soon as there is one; the slowest first.</summary>
    public static IReadOnlyList<string> Replaceable(RunState state) =>
        state.Spec.Straggler.Policy == StragglerPolicy.Replace && state.Generation is { } generation
            ?
            [
                .. generation
                    .Members.Where(m => IsSlow(state, m.WorkerId, m.Incarnation))
                    .Select(m => m.WorkerId)
                    .OrderByDescending(id => state.Workers.GetValueOrDefault(id)?.Status?.ShardTime?.Seconds ?? 0)
                    .ThenBy(id => id, StringComparer.Ordinal),
            ]
            : [];

    /// <summary>Leaves out who is to be replaced, as far as others take their places: a slow member is better than none.</summary>
    public static WorkerStatus[] WithoutReplaced(RunState state, WorkerStatus[] workers)
    {
        var others = workers.Length - Math.Min(state.Generation?.Members.Count ?? 0, state.MostRanks);
        var leaving =
            state.Spec.Straggler.Policy == StragglerPolicy.Replace && others > 0
                ? workers
                    .Where(w => IsSlow(state, w.WorkerId, w.Incarnation))
                    .OrderByDescending(w => w.ShardTime?.Seconds ?? 0)
                    .ThenBy(w => w.WorkerId, StringComparer.Ordinal)
                    .Take(others)
                    .ToArray()
                : [];
        return leaving.Length == 0 ? workers : [.. workers.Except(leaving)];
    }

    /// <summary>Shards by rank: alike, or by speed where the policy says so and it is worth while.</summary>
    public static int[] Cut(RunState state, IReadOnlyList<WorkerStatus> members)
    {
        var shards = state.Spec.Batch.Shards;
        var even = ShardPlan.Cut(shards, members.Count);
        if (
            state.Spec.Straggler.Policy != StragglerPolicy.Rebalance
            || Speeds(state, [.. members.Select(m => Counts(state, m.ShardTime) ? m.ShardTime : null)]) is not { } speeds
        )
        {
            return even;
        }

        var bySpeed = ShardPlan.Cut(shards, speeds);
        return ShardPlan.StepSeconds(bySpeed, speeds) < Worthwhile * ShardPlan.StepSeconds(even, speeds) ? bySpeed : even;
    }

    /// <summary>What a generation's formation makes of those who were slow: members stay so, the others are kept apart from the run for a while.</summary>
    public static RunState Follow(RunState state, GenerationRecord next, DateTimeOffset now)
    {
        var members = next.Members.Select(m => RunState.Process(m.WorkerId, m.Incarnation)).ToHashSet(StringComparer.Ordinal);
        var left = Replaceable(state).Where(id => next.Members.All(m => m.WorkerId != id));
        return state with
        {
            Stragglers = state.Stragglers.Intersect(members),
            Replaced = state.Replaced.SetItems(left.Select(id => KeyValuePair.Create(id, Apart(state, id, now)))),
        };
    }

    private static Replacement Apart(RunState state, string workerId, DateTimeOffset now)
    {
        var timers = state.Timers;
        var before = state.Replaced.GetValueOrDefault(workerId);
        var times = before is null || now - before.Until > timers.StragglerLongest ? 0 : before.Times;
        var apart = TimeSpan.FromTicks(Math.Min(timers.StragglerLongest.Ticks, timers.Straggler.Ticks << Math.Min(times, 16)));
        return new Replacement(now + apart, times + 1);
    }

    private static RunStep? Tell(RunState state, IReadOnlyList<MemberPace> paces, DateTimeOffset now)
    {
        var (factor, window) = (state.Spec.Straggler.Factor, state.Spec.Straggler.Window);
        foreach (var pace in paces)
        {
            var isSlow = state.Stragglers.Contains(pace.Process);
            if (!isSlow && pace.Ratio > factor)
            {
                return RunStep.Change(
                    state with
                    {
                        Stragglers = state.Stragglers.Add(pace.Process),
                        Notes = state.Notes.Add(new RunNoted("straggler", $"{pace.WorkerId} is slow: {pace.Text(window)}", now)),
                    }
                );
            }

            // Half-way back: who is about as slow as the factor is not told of again and again.
            if (isSlow && pace.Ratio <= (1 + factor) / 2)
            {
                return RunStep.Change(
                    state with
                    {
                        Stragglers = state.Stragglers.Remove(pace.Process),
                        Notes = state.Notes.Add(
                            new RunNoted("straggler-recovered", $"{pace.WorkerId} is slow no more: {pace.Text(window)}", now)
                        ),
                    }
                );
            }
        }

        return null;
    }

    private static RunStep? Rebalance(RunState state, IReadOnlyList<MemberPace> paces, DateTimeOffset now)
    {
        var generation = state.Generation!;
        if (state.Spec.Straggler.Policy != StragglerPolicy.Rebalance || paces.Count < generation.Members.Count)
        {
            return null;
        }

        var hold = TimeSpan.FromTicks(state.Timers.GrowthHoldOff.Ticks << Math.Min(state.Rebalanced, MostDoublings));
        var endsSoon = state.TotalSteps > 0 && state.Hint + state.Spec.Straggler.Window >= state.TotalSteps;
        int[] cut = [.. generation.Members.Select(m => m.ShardCount)];
        var even = cut.SequenceEqual(ShardPlan.Cut(generation.Shards, cut.Length));
        if (endsSoon || now - state.Formed!.At < hold || (even && state.Stragglers.IsEmpty))
        {
            return null;
        }

        var statuses = generation.Members.Select(m => state.Workers[m.WorkerId].Status!).ToArray();
        var speeds = Speeds(state, [.. statuses.Select(s => s.ShardTime)])!;
        var (before, after) = (ShardPlan.StepSeconds(cut, speeds), ShardPlan.StepSeconds(Cut(state, statuses), speeds));
        return after >= Worthwhile * before
            ? null
            : RunStep.Prepare(
                state with
                {
                    Rebalanced = state.Rebalanced + 1,
                },
                now,
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"shards are cut anew by speed: the slowest rank is to compute {after:0.000} s a step instead of {before:0.000} s"
                ),
                stopAfter: state.Hint + 2
            );
    }

    private static bool IsSlow(RunState state, string workerId, long incarnation) =>
        state.Stragglers.Contains(RunState.Process(workerId, incarnation));

    private static ShardTime? Time(RunState state, GenerationRecord generation, GenerationMember member) =>
        state.Workers.GetValueOrDefault(member.WorkerId)?.Status is { Phase: WorkerPhase.Running } status
        && status.Run == state.Run
        && status.Incarnation == member.Incarnation
        && status.Generation == generation.Number
        && Counts(state, status.ShardTime)
            ? status.ShardTime
            : null;

    /// <summary>Whether a time stands for a whole window. What comes from outside is looked at before it is counted with.</summary>
    private static bool Counts(RunState state, ShardTime? time) =>
        time is { Threads: > 0, Seconds: > 0 } && double.IsFinite(time.Seconds) && time.Steps >= state.Spec.Straggler.Window;

    /// <summary>A speed for each; who has none yet, a joiner, counts as the median of the others. Null where nobody has one.</summary>
    private static RankSpeed[]? Speeds(RunState state, IReadOnlyList<ShardTime?> times)
    {
        var known = times.OfType<ShardTime>().OrderBy(t => t.Seconds).ToArray();
        return known.Length == 0
            ? null
            : [.. times.Select(t => t ?? known[(known.Length - 1) / 2]).Select(t => new RankSpeed(t.Seconds, t.Threads))];
    }
}
