namespace Orchestrator.Pretraining.Evaluation.Metrics;

/// <summary>
/// How often each class was predicted as each: the figures of a whole set come from one matrix over it. Matrices of parts are added up;
/// means of the parts' figures are other numbers. Source: scikit-learn 1.4 confusion_matrix (rows are targets), jaccard_score (IoU).
/// </summary>
public sealed class ConfusionMatrix
{
    /// <summary>Target of pixels that nobody labeled: they are not counted.</summary>
    public const byte Ignored = 255;

    private readonly long[] counts;

    /// <param name="classes">K, 1 or more.</param>
    public ConfusionMatrix(int classes)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(classes);
        (Classes, counts) = (classes, new long[checked(classes * classes)]);
    }

    public int Classes { get; }

    /// <summary>How often the target was predicted so.</summary>
    public long this[int target, int prediction] => counts[Cell(target, prediction)];

    /// <summary>What was counted.</summary>
    public long Total => counts.Sum();

    /// <summary>Share of right predictions, 0–1: pixel accuracy where pixels were counted; null of an empty matrix.</summary>
    public double? Accuracy => Share(Enumerable.Range(0, Classes).Sum(k => this[k, k]), Total);

    /// <summary>Mean of <see cref="Recall"/> over the classes that occur as targets, 0–1; null of an empty matrix.</summary>
    public double? MeanRecall => Enumerable.Range(0, Classes).Average(Recall);

    /// <summary>Mean of <see cref="IoU"/> over the classes that occur as target or prediction, 0–1; null of an empty matrix.</summary>
    public double? MeanIoU => Enumerable.Range(0, Classes).Average(IoU);

    /// <summary>Counts one prediction of a target.</summary>
    public void Add(int target, int prediction) => counts[Cell(target, prediction)]++;

    /// <summary>Counts pixels; those whose target is <see cref="Ignored"/> are not counted, whatever was predicted.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Another target, or its prediction, is no class.</exception>
    public void Add(ReadOnlySpan<byte> targets, ReadOnlySpan<byte> predictions)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(predictions.Length, targets.Length, nameof(predictions));
        for (var i = 0; i < targets.Length; i++)
        {
            if (targets[i] != Ignored)
            {
                Add(targets[i], predictions[i]);
            }
        }
    }

    /// <summary>Adds the counts of another part of the set.</summary>
    public void Add(ConfusionMatrix part)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(part.Classes, Classes, nameof(part));
        for (var i = 0; i < counts.Length; i++)
        {
            counts[i] += part.counts[i];
        }
    }

    /// <summary>Share of a class's targets that were predicted rightly, 0–1; null for a class that is no target.</summary>
    public double? Recall(int @class) => Share(this[@class, @class], Targets(@class));

    /// <summary>Intersection over union of a class, 0–1; null for a class that is neither target nor prediction.</summary>
    public double? IoU(int @class)
    {
        var both = this[@class, @class];
        return Share(both, Targets(@class) + Predictions(@class) - both);
    }

    private static double? Share(long part, long whole) => whole == 0 ? null : (double)part / whole;

    private long Targets(int @class) => Enumerable.Range(0, Classes).Sum(k => this[@class, k]);

    private long Predictions(int @class) => Enumerable.Range(0, Classes).Sum(k => this[k, @class]);

    private int Cell(int target, int prediction)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)target, (uint)Classes, nameof(target));
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)prediction, (uint)Classes, nameof(prediction));
        return (target * Classes) + prediction;
    }
}
