using System.Text;
using Orchestrator.Shared.Protocol;

namespace Orchestrator.Worker.Ranks;

/// <summary>Cuts step rows into messages that stay far below the control plane's frame limit.</summary>
public static class StepBatches
{
    public const int MostBytes = 200_000;

    public static IEnumerable<IReadOnlyList<StepRow>> Of(IReadOnlyList<StepRow> rows)
    {
        var batch = new List<StepRow>();
        var bytes = 0;
        foreach (var row in rows)
        {
            var size = Size(row);
            if (batch.Count > 0 && bytes + size > MostBytes)
            {
                yield return batch;
                (batch, bytes) = ([], 0);
            }

            batch.Add(row);
            bytes += size;
        }

        if (batch.Count > 0)
        {
            yield return batch;
        }
    }

    // Bound of the MessagePack form: 9 bytes a number, 5 + UTF-8 a name, 5 a list; a row has seven numbers and up to five lists.
    private static int Size(StepRow row) =>
        (12 * 9)
        + row.Losses.Sum(term => 15 + Encoding.UTF8.GetByteCount(term.Name))
        + row.Phases.Sum(phase => 14 + Encoding.UTF8.GetByteCount(phase.Key))
        + (row.Health ?? []).Sum(figure => 15 + Encoding.UTF8.GetByteCount(figure.Name))
        + (row.Damaged ?? []).Sum(sample => 24 + Encoding.UTF8.GetByteCount(sample.Problem))
        + (row.NonFinite is { } found ? Size(found) : 0);

    private static int Size(NonFiniteRow found) =>
        (6 * 9)
        + Encoding.UTF8.GetByteCount(found.What)
        + found.Shards.Sum(shard => 30 + (9 * shard.Samples.Count) + Encoding.UTF8.GetByteCount(shard.What));
}
