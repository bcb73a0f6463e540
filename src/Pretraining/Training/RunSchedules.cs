using Orchestrator.Pretraining.Optimization;
using Orchestrator.Shared.Runs;

namespace Orchestrator.Pretraining.Training;

/// <summary>The schedules that a spec asks for. Shares (warm-up, temperature) scale with the budget.</summary>
public static class RunSchedules
{
    public static RunSchedule Of(RunSpec spec, long stepsPerEpoch)
    {
        var total = spec.Budget.Steps ?? spec.Budget.Epochs!.Value * stepsPerEpoch;
        var optimizer = spec.Optimizer;
        // Linear scaling rule (Goyal et al. 2017): the peak follows the global batch of the spec, whatever the number of ranks.
        var peak = optimizer.BaseLearningRate * spec.Batch.Size / 256;
        var warmup = (long)Math.Round(optimizer.Warmup * total);
        var momentum = spec.Options.Momentum?.Teacher ?? Interval.At(0);
        var temperatures = spec.Options.Temperatures;
        var epochs = (total + stepsPerEpoch - 1) / stepsPerEpoch;
        return new RunSchedule
        {
            TotalSteps = total,
            StepsPerEpoch = stepsPerEpoch,
            BatchSize = spec.Batch.Size,
            MaskedMeanOfShard = spec.MaskedMean == MaskedMean.Shard,
            LearningRate = new CosineSchedule(peak, optimizer.MinLearningRate, total, warmup, 0).At,
            WeightDecay = new CosineSchedule(optimizer.WeightDecay.Low, optimizer.WeightDecay.High, total).At,
            TeacherMomentum = new CosineSchedule(momentum.Low, momentum.High, total).At,
            TeacherTemperatureOfEpoch = temperatures is null
                ? _ => 0
                : new LinearWarmup(
                    temperatures.Teacher.Low,
                    temperatures.Teacher.High,
                    (long)Math.Round(temperatures.TeacherWarmup * epochs)
                ).At,
            FrozenPrototypeSteps = (spec.Options.FreezePrototypes ?? 0) * stepsPerEpoch,
            Beta1 = optimizer.Beta1,
            Beta2 = optimizer.Beta2,
            Epsilon = optimizer.Epsilon,
            Clip = optimizer.Clip,
        };
    }
}
