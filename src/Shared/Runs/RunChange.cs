namespace Orchestrator.Shared.Runs;

/// <summary>What is to change of a run that was submitted; what is null stays. Shows in no bits.</summary>
public sealed record RunChange
{
    /// <summary>Longest note, in characters.</summary>
    public const int LongestNote = 1000;

    /// <summary>−100 to 100.</summary>
    public int? Priority { get; init; }

    /// <summary>Fewest workers, 1 or more.</summary>
    public int? MinWorkers { get; init; }

    /// <summary>Most workers, not below the fewest.</summary>
    public int? MaxWorkers { get; init; }

    /// <summary>By key; a label that is null is removed.</summary>
    public IReadOnlyDictionary<string, string?> Labels { get; init; } = new Dictionary<string, string?>();

    /// <summary>Empty: removed.</summary>
    public string? Note { get; init; }
}
