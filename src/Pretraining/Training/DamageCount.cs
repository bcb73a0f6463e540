using System.Text.Json;
using Orchestrator.Collectives;
using Orchestrator.Pretraining.Data;
using Orchestrator.Pretraining.Methods;
using Orchestrator.Shared.Protocol;

namespace Orchestrator.Pretraining.Training;

/// <summary>
/// Counts the damaged samples that an epoch meets, over all ranks. The count is part of the state, so a run fails at the same step on any
/// number of workers, whoever joined when.
/// </summary>
/// <param name="state">Holds the count.</param>
/// <param name="schedule">Says where epochs begin.</param>
/// <param name="tolerated">Damaged samples that an epoch may meet: <c>data.maxDamaged</c>.</param>
public sealed class DamageCount(TrainingState state, RunSchedule schedule, int tolerated)
{
    // A rank's share of a gathered message; what does not fit is counted and not named.
    private const int MostNamed = 20;
    private const int MostLetters = 400;

    /// <summary>Names what the step met; called by every rank of the group with the same total.</summary>
    /// <param name="total">Damaged samples of the global batch.</param>
    /// <param name="local">Those of this rank.</param>
    /// <returns>Those of all ranks, in order of sample.</returns>
    /// <exception cref="DataException">The epoch has met more than are tolerated.</exception>
    public IReadOnlyList<DamagedSampleRow> Check(ProcessGroup group, double total, IEnumerable<ShardWork> local)
    {
        if (total == 0)
        {
            return [];
        }

        var mine = local.SelectMany(work => work.Views.Damaged).Take(MostNamed).Select(Shortened).ToArray();
        var all = group
            .AllGather(FrameKind.Statistics, JsonSerializer.SerializeToUtf8Bytes(mine))
            .SelectMany(bytes => JsonSerializer.Deserialize<DamagedSampleRow[]>(bytes) ?? [])
            .OrderBy(row => row.Sample)
            .ToArray();
        var met = Met(state.Step) + (long)total;
        return met <= tolerated
            ? all
            : throw new DataException(
                $"{met} damaged samples in one epoch are more than data.maxDamaged, {tolerated}: {string.Join("; ", all.Take(5).Select(row => row.Problem))}{(all.Length > 5 ? $"; and {all.Length - 5} more" : "")}"
            );
    }

    /// <summary>Counts what a step met, once the step is committed.</summary>
    public void Commit(long step, double total)
    {
        if (state.Damaged is { } count)
        {
            count.Host.Span[0] = Met(step) + (float)total;
        }
    }

    /// <summary>Before a step: what its epoch has met.</summary>
    private long Met(long step) => state.Damaged is { } count && step % schedule.StepsPerEpoch != 0 ? (long)count.Host.Span[0] : 0;

    private static DamagedSampleRow Shortened(DamagedSampleRow row) =>
        row.Problem.Length <= MostLetters ? row : row with { Problem = string.Concat(row.Problem.AsSpan(0, MostLetters), "…") };
}
