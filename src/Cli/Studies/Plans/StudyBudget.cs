namespace Orchestrator.Cli.Studies.Plans;

/// <summary>How long each run of a study trains, and how many seeds it has by default.</summary>
public enum StudyBudget
{
    /// <summary>As long as the spec says; three seeds.</summary>
    Full,

    /// <summary>A third of that; one seed. Too small to conclude.</summary>
    Quick,
}
