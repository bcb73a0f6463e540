namespace Orchestrator.Pretraining.Evaluation.Probes;

/// <summary>What a probe learns from and is tested on: features of one kind with their classes.</summary>
/// <param name="Training">Features <c>[n, d]</c>.</param>
/// <param name="TrainingLabels">Class of each training row, 0 … Classes − 1.</param>
/// <param name="Test">Features <c>[m, d]</c>.</param>
/// <param name="TestLabels">Class of each test row.</param>
/// <param name="Classes">K.</param>
public sealed record ProbeData(FeatureMatrix Training, int[] TrainingLabels, FeatureMatrix Test, int[] TestLabels, int Classes)
{
    /// <summary>The same with both matrices scaled by the training rows' statistics.</summary>
    public ProbeData Scaled()
    {
        var scaling = FeatureScaling.Of(Training);
        return this with { Training = scaling.Apply(Training), Test = scaling.Apply(Test) };
    }

    /// <summary>The same with these training rows alone, in this order: a low-shot split.</summary>
    public ProbeData Labeled(int[] rows) =>
        this with
        {
            Training = Training.Select(rows),
            TrainingLabels = Array.ConvertAll(rows, row => TrainingLabels[row]),
        };
}
