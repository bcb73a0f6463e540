using MessagePack;
using Orchestrator.Shared.Protocol;
using Orchestrator.Worker.Ranks;
using Xunit;

namespace Orchestrator.Worker.Tests.Ranks;

public sealed class StepBatchesTests
{
    [Fact]
    public void Batches_hold_every_row_once_and_stay_below_the_bound()
    {
        var rows = Enumerable.Range(0, 2000).Select(Row).ToList();
        var batches = StepBatches.Of(rows).ToList();
        Assert.Equal(rows, batches.SelectMany(batch => batch));
        Assert.True(batches.Count > 1);
        Assert.All(batches, batch => Assert.InRange(MessagePackSerializer.Serialize(batch).Length, 1, StepBatches.MostBytes));
    }

    [Fact]
    public void The_log_keeps_the_newest_rows()
    {
        var log = new StepLog();
        for (var i = 0; i < StepLog.Capacity + 5; i++)
        {
            log.Add(Row(i));
        }

        Assert.Equal(5, log.From(0, 1)[0].Step);
        Assert.Equal([100L, 101L], log.From(100, 2).Select(row => row.Step));
    }

    private static StepRow Row(int step) =>
        new()
        {
            Step = step,
            Epoch = step / 7.0,
            Losses = [new LossTerm("loss", step * 1.1), new LossTerm("réconstruction", step)],
            LearningRate = 1e-3,
            GradientNorm = Math.PI,
            Samples = 256,
            Seconds = 0.1,
            Phases = new[] { "data", "forward", "statistics", "backward", "exchange", "optimizer" }.ToDictionary(
                name => name,
                _ => 0.123,
                StringComparer.Ordinal
            ),
            Generation = 3,
            Health = [new HealthFigure("feature-deviation", 0.3), new HealthFigure("assignment-entropy", 0.5)],
            Damaged = step % 3 == 0 ? [new DamagedSampleRow(step, step + 1, "photos/é.jpg: cut off")] : null,
            NonFinite =
                step % 2 == 0
                    ? new NonFiniteRow
                    {
                        What = "loss term réconstruction (NaN)",
                        Shards = [.. Enumerable.Range(0, 4).Select(shard => new NonFiniteShard(shard, "views", [long.MaxValue, 1], 3))],
                        OtherShards = 1,
                        Count = 2,
                        BackTo = long.MaxValue,
                    }
                    : null,
        };
}
