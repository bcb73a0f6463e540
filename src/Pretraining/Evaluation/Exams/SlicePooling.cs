using System.Numerics.Tensors;
using Orchestrator.Pretraining.Evaluation.Probes;

namespace Orchestrator.Pretraining.Evaluation.Exams;

/// <summary>One row an exam from its slices, without anything learned: the order of slices does not matter.</summary>
public static class SlicePooling
{
    /// <summary>The mean of each feature, added in double and rounded once.</summary>
    public static FeatureMatrix Mean(ExamSlices exams)
    {
        var pooled = new FeatureMatrix(exams.Count, exams.Features.Columns);
        var (sum, row) = (new double[pooled.Columns], new double[pooled.Columns]);
        for (var exam = 0; exam < exams.Count; exam++)
        {
            sum.AsSpan().Clear();
            for (var slice = 0; slice < exams.CountOf(exam); slice++)
            {
                TensorPrimitives.ConvertTruncating<float, double>(exams.Features[exams.First(exam) + slice], row);
                TensorPrimitives.Add(sum, row, sum);
            }

            TensorPrimitives.Divide(sum, exams.CountOf(exam), sum);
            TensorPrimitives.ConvertTruncating<double, float>(sum, pooled[exam]);
        }

        return pooled;
    }

    /// <summary>The largest of each feature.</summary>
    public static FeatureMatrix Max(ExamSlices exams)
    {
        var pooled = new FeatureMatrix(exams.Count, exams.Features.Columns);
        for (var exam = 0; exam < exams.Count; exam++)
        {
            exams.Features[exams.First(exam)].CopyTo(pooled[exam]);
            for (var slice = 1; slice < exams.CountOf(exam); slice++)
            {
                TensorPrimitives.Max<float>(pooled[exam], exams.Features[exams.First(exam) + slice], pooled[exam]);
            }
        }

        return pooled;
    }
}
