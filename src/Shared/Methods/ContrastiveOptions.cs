namespace Orchestrator.Shared.Methods;

/// <summary>What a contrastive method takes; the defaults are MoCo-v3's.</summary>
/// <param name="Temperature">τ of InfoNCE.</param>
/// <param name="Hidden">Width of the hidden layers of both heads.</param>
/// <param name="Dim">Width of queries and keys.</param>
/// <param name="Statistics">What a batch norm's statistics go over.</param>
/// <param name="TeacherLeads">The teacher moves before its keys are computed, rather than after the optimizer's step.</param>
public sealed record ContrastiveOptions(double Temperature, int Hidden, int Dim, BatchStatistics Statistics, bool TeacherLeads)
{
    /// <summary>Features to projections: three layers.</summary>
    public IReadOnlyList<int> ProjectorWidths(int features) => [features, Hidden, Hidden, Dim];

    /// <summary>Projections to queries: two layers.</summary>
    public IReadOnlyList<int> PredictorWidths() => [Dim, Hidden, Dim];
}

/// <summary>Rows of the global batch that a batch norm's mean and variance are of.</summary>
public enum BatchStatistics
{
    /// <summary>Those of each view by itself (MoCo-v3).</summary>
    PerView,

    /// <summary>Those of both views (SiT).</summary>
    Pooled,
}
