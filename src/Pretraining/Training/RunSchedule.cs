using Orchestrator.Pretraining.Optimization;

namespace Orchestrator.Pretraining.Training;

/// <summary>Every quantity that follows from the position in a run. Learning rate, decay and momentum go by step; the teacher's temperature by epoch.</summary>
public sealed record RunSchedule
{
    public required long TotalSteps { get; init; }
    public required long StepsPerEpoch { get; init; }

    /// <summary>Samples in a step.</summary>
    public required int BatchSize { get; init; }

    /// <summary>The masked mean is each shard's own (<c>maskedMean: shard</c>).</summary>
    public required bool MaskedMeanOfShard { get; init; }
    public required Func<long, double> LearningRate { get; init; }
    public required Func<long, double> WeightDecay { get; init; }

    /// <summary>Of the EMA teacher, by step.</summary>
    public required Func<long, double> TeacherMomentum { get; init; }

    /// <summary>By epoch.</summary>
    public required Func<long, double> TeacherTemperatureOfEpoch { get; init; }
    public required double Beta1 { get; init; }
    public required double Beta2 { get; init; }
    public required double Epsilon { get; init; }

    /// <summary>Largest norm of a parameter's gradient; 0: none.</summary>
    public required double Clip { get; init; }

    /// <summary>Factor of the learning rate of a parameter.</summary>
    public Func<ParameterSegment, double> LearningRateScale { get; init; } = _ => 1;

    /// <summary>So many steps from the start the prototypes are left as they are, and count no steps of the optimizer.</summary>
    public long FrozenPrototypeSteps { get; init; }

    public long Epoch(long step) => step / StepsPerEpoch;

    public double TeacherTemperature(long step) => TeacherTemperatureOfEpoch(Epoch(step));
}
