using System.Numerics;

namespace Orchestrator.Shared.Runs;

/// <summary>Reads the sections that say how any training goes: <c>budget</c>, <c>batch</c> and <c>optimizer</c>.</summary>
internal static class TrainingReader
{
    /// <param name="reader">At the section.</param>
    /// <param name="usual">What an absent section means.</param>
    public static BudgetSpec ReadBudget(SpecReader reader, BudgetSpec usual)
    {
        var epochs = reader.OptionalInteger("epochs", 1, 1_000_000);
        var steps = reader.OptionalInteger("steps", 1, 1_000_000_000);
        if (epochs is not null && steps is not null)
        {
            reader.Fail("steps", "give epochs or steps, not both");
        }

        reader.End();
        return steps is not null ? new BudgetSpec(null, steps)
            : epochs is not null ? new BudgetSpec(epochs, null)
            : usual;
    }

    /// <param name="reader">At the section.</param>
    /// <param name="usualSize">Samples of a step.</param>
    /// <param name="usualShards">Rounded up to a power of two, as long as it divides the batch into two samples or more.</param>
    public static BatchSpec ReadBatch(SpecReader reader, int usualSize, int usualShards)
    {
        var size = reader.Integer("size", usualSize, 2, 1 << 20);
        var advised = (int)BitOperations.RoundUpToPowerOf2((uint)Math.Min(usualShards, size / 2));
        while (advised > 1 && (size % advised != 0 || size / advised < 2))
        {
            advised /= 2;
        }

        var batch = new BatchSpec(size, reader.Integer("shards", Math.Max(1, advised), 1, 1 << 15));
        reader.End();
        return batch;
    }

    /// <param name="reader">At the section.</param>
    /// <param name="usual">The values of keys that are absent. MoCo-v3's schedule ends at 0.</param>
    public static OptimizerSpec ReadOptimizer(SpecReader reader, OptimizerSpec usual)
    {
        var schedule = reader.Choice("schedule", usual.Schedule);
        var optimizer = new OptimizerSpec(
            reader.Number("baseLearningRate", usual.BaseLearningRate, 1e-12, 100),
            reader.Number("warmup", usual.Warmup, 0, 0.99),
            reader.Number("minLearningRate", schedule == ScheduleKind.MocoV3 ? 0 : usual.MinLearningRate, 0, 100),
            reader.Interval("weightDecay", usual.WeightDecay, 0, 10, ordered: false),
            reader.Number("beta1", usual.Beta1, 0, 0.999999),
            reader.Number("beta2", usual.Beta2, 0, 0.9999999),
            reader.Number("epsilon", usual.Epsilon, 1e-16, 1),
            reader.Number("clip", usual.Clip, 0, 1e6)
        )
        {
            Schedule = schedule,
        };
        reader.End();
        return optimizer;
    }
}
