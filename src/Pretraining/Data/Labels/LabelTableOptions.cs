namespace Orchestrator.Pretraining.Data.Labels;

/// <summary>How a label table is read.</summary>
public sealed record LabelTableOptions
{
    /// <summary>Names of the columns; default: found by their usual names.</summary>
    public LabelColumns Columns { get; init; } = new();

    /// <summary>Characters between several labels in one CSV cell; default <c>;</c> and <c>|</c>, empty where labels contain them.</summary>
    public string Separators { get; init; } = ";|";

    /// <summary>A table without labels is refused; default true.</summary>
    public bool RequireLabels { get; init; } = true;
}
