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
        var (learningRate, weightDecay, momentum) = Curves(spec, total);
        var temperatures = spec.Options.Temperatures;
        var epochs = (total + stepsPerEpoch - 1) / stepsPerEpoch;
        return new RunSchedule
        {
            TotalSteps = total,
            StepsPerEpoch = stepsPerEpoch,
            BatchSize = spec.Batch.Size,
            MaskedMeanOfShard = spec.MaskedMean == MaskedMean.Shard,
            LearningRate = learningRate,
            WeightDecay = weightDecay,
            TeacherMomentum = momentum,
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

    private static (Func<long, double> LearningRate, Func<long, double> WeightDecay, Func<long, double> Momentum) Curves(
        RunSpec spec,
        long total
    )
    {
        var optimizer = spec.Optimizer;
        // Linear scaling rule (Goyal et al. 2017): the peak follows the global batch of the spec, whatever the number of ranks.
        var peak = optimizer.BaseLearningRate * spec.Batch.Size / 256;
        var final = optimizer.MinLearningRate;
        var warmup = (long)Math.Round(optimizer.Warmup * total);
        var (decay, momentum) = (optimizer.WeightDecay, spec.Options.Momentum?.Teacher ?? Interval.At(0));
        var msn = new MsnSchedule(total);
        return optimizer.Schedule switch
        {
            ScheduleKind.ByStep => (
                new CosineSchedule(peak, final, total, warmup).At,
                new CosineSchedule(decay.Low, decay.High, total).At,
                new CosineSchedule(momentum.Low, momentum.High, total).At
            ),
            // Its momentum is the same cosine; it has no schedule of the decay.
            ScheduleKind.MocoV3 => (
                new MocoV3Schedule(peak, final, total, warmup).At,
                new CosineSchedule(decay.Low, decay.High, total).At,
                new CosineSchedule(momentum.Low, momentum.High, total).At
            ),
            ScheduleKind.Msn => (
                step => msn.LearningRate(peak, final, warmup, step),
                step => msn.WeightDecay(decay.Low, decay.High, step),
                step => msn.Momentum(momentum.Low, momentum.High, step)
            ),
            _ => throw new ArgumentOutOfRangeException(nameof(spec), optimizer.Schedule, "no such schedule"),
        };
    }
}
