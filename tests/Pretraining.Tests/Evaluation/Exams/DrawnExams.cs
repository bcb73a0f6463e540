using Orchestrator.Pretraining.Evaluation.Exams;
using Orchestrator.Pretraining.Evaluation.Metrics;
using Orchestrator.Pretraining.Evaluation.Probes;
using Orchestrator.Shared.Randomness;

namespace Orchestrator.Pretraining.Tests.Evaluation.Exams;

/// <summary>Exams of 3 to 9 slices of unit noise, to which a test adds what it wants to be found.</summary>
internal static class DrawnExams
{
    /// <param name="mark">Given the exam's features so far, its label and the slice that is marked.</param>
    public static (ExamSlices Exams, bool[] Labels) Draw(int count, int columns, long seed, Action<FeatureMatrix, bool, int>? mark = null)
    {
        var stream = new PhiloxStream((ulong)seed, DrawPurpose.Preflight);
        var counts = new int[count];
        foreach (ref var slices in counts.AsSpan())
        {
            slices = 3 + stream.NextInt32(7);
        }

        var features = new FeatureMatrix(counts.Sum(), columns);
        stream.FillGaussian(features.Values);
        var exams = new ExamSlices(features, counts);
        var labels = new bool[count];
        for (var exam = 0; exam < count; exam++)
        {
            labels[exam] = stream.NextBoolean(0.5);
            mark?.Invoke(features, labels[exam], exams.First(exam) + stream.NextInt32(counts[exam]));
        }

        return (exams, labels);
    }

    public static double Auc(double[] odds, bool[] labels) => RocAuc.Of(odds, labels)!.Value;
}
