namespace Orchestrator.Pretraining.Optimization;

/// <summary>The numbers of one AdamW step (Loshchilov and Hutter 2019), the same for every parameter.</summary>
public sealed record AdamWStep
{
    /// <summary>1-based: the first update has step 1.</summary>
    public required long Step { get; init; }
    public required double LearningRate { get; init; }

    /// <summary>Applied to decayed parameters only.</summary>
    public required double WeightDecay { get; init; }
    public required double Beta1 { get; init; }
    public required double Beta2 { get; init; }
    public required double Epsilon { get; init; }
}
