namespace Orchestrator.Shared.Protocol;

/// <summary>Names of the figures of <see cref="StepRow.Health"/>. Those of patch tokens begin with <see cref="Patch"/>.</summary>
public static class HealthFigures
{
    /// <summary>Of patch tokens.</summary>
    public const string Patch = "patch-";

    /// <summary>Entropy of the teacher's mean assignment, as a share of ln K: 0 when every sample goes to one prototype.</summary>
    public const string AssignmentEntropy = "assignment-entropy";

    /// <summary>Share of the prototypes that get a tenth of an even share or more.</summary>
    public const string PrototypesUsed = "prototypes-used";

    /// <summary>Share of samples whose view the student assigns as the teacher its target; contrastive: whose key is the nearest of all.</summary>
    public const string Agreement = "agreement";

    /// <summary>Deviation of unit-length features over the batch, mean over dimensions, times their root: 1 when they point everywhere, 0 when all are alike.</summary>
    public const string FeatureDeviation = "feature-deviation";

    /// <summary>
    /// Effective rank of the features of the batch, as a share of the highest possible, min(D, rows): 1 when they use all directions alike.
    /// Only in some steps' rows.
    /// </summary>
    public const string EffectiveRank = "effective-rank";
}
