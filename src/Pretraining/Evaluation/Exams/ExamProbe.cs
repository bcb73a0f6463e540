using Orchestrator.Pretraining.Evaluation.Probes;
using Orchestrator.Shared.Evaluations;

namespace Orchestrator.Pretraining.Evaluation.Exams;

/// <summary>
/// Learns a yes or no an exam from frozen features of its slices in one plane. Scaling and classifier know the training exams alone, so the
/// score of any other exam is one out of sample. On the calling thread, with one torch thread: the bits depend on nothing else.
/// </summary>
public static class ExamProbe
{
    /// <summary>Each scored exam's log-odds of a yes.</summary>
    /// <param name="training">1 or more exams.</param>
    /// <param name="labels">Of each training exam.</param>
    /// <param name="scored">Exams with features of the same kind.</param>
    /// <param name="seed">Of attention's initial weights.</param>
    public static double[] LogOdds(ExamPooling pooling, ExamSlices training, bool[] labels, ExamSlices scored, ulong seed)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(labels.Length, training.Count, nameof(labels));
        return pooling switch
        {
            ExamPooling.Mean => Pooled(SlicePooling.Mean(training), labels, SlicePooling.Mean(scored)),
            ExamPooling.Max => Pooled(SlicePooling.Max(training), labels, SlicePooling.Max(scored)),
            ExamPooling.Attention => Attended(training, labels, scored, seed),
            _ => throw new ArgumentOutOfRangeException(nameof(pooling), pooling, "no such pooling"),
        };
    }

    private static double[] Pooled(FeatureMatrix training, bool[] labels, FeatureMatrix scored)
    {
        var scaling = FeatureScaling.Of(training);
        return BinaryLogistic.LogOdds(scaling.Apply(training), labels, scaling.Apply(scored));
    }

    /// <summary>Scaled by the training exams' slices: attention pools scaled ones.</summary>
    private static double[] Attended(ExamSlices training, bool[] labels, ExamSlices scored, ulong seed)
    {
        var scaling = FeatureScaling.Of(training.Features);
        var model = AttentionModel.Fit(training.With(scaling.Apply(training.Features)), labels, seed);
        return model.LogOdds(scored.With(scaling.Apply(scored.Features)));
    }
}
