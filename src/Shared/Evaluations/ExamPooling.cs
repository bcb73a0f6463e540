namespace Orchestrator.Shared.Evaluations;

/// <summary>How the features of an exam's slices become one score.</summary>
public enum ExamPooling
{
    /// <summary>Their mean, then logistic regression.</summary>
    Mean,

    /// <summary>The largest of each feature, then logistic regression.</summary>
    Max,

    /// <summary>A weighted mean whose weights are learned with the classifier (Ilse et al. 2018).</summary>
    Attention,
}
