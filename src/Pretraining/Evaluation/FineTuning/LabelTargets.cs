using Orchestrator.Pretraining.Data;

namespace Orchestrator.Pretraining.Evaluation.FineTuning;

/// <summary>What a classifier is to say of samples: how much of each class they are.</summary>
/// <param name="data">Has the labels.</param>
/// <param name="classes">K.</param>
/// <param name="smoothing">Share that is spread over all classes.</param>
internal sealed class LabelTargets(IDataSet data, int classes, double smoothing)
{
    public int Classes => classes;

    /// <param name="sample">0 … Count − 1.</param>
    /// <param name="target">K numbers, written.</param>
    public void Write(long sample, Span<float> target)
    {
        target.Fill((float)(smoothing / classes));
        foreach (var label in data.LabelsOf(sample))
        {
            target[label] += (float)(1 - smoothing);
        }
    }
}
