namespace Orchestrator.Cli.Studies.Plans;

/// <summary>What a study compares.</summary>
public enum StudyKind
{
    /// <summary>Pretexts and ways to avoid collapse, from one spec.</summary>
    LabelEfficient,

    /// <summary>Values of keys of one spec.</summary>
    Ablation,
}
