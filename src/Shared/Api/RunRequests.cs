namespace Orchestrator.Shared.Api;

/// <summary>Body of <c>PATCH /api/v1/runs/{id}</c>; what is left out stays.</summary>
public sealed record RunChangeRequest
{
    /// <summary>−100 to 100.</summary>
    public int? Priority { get; init; }

    public WorkerBoundsRequest? Workers { get; init; }

    /// <summary>By key; a label that is null is removed.</summary>
    public IReadOnlyDictionary<string, string?>? Labels { get; init; }

    /// <summary>At most 1000 characters; empty: removed.</summary>
    public string? Note { get; init; }
}

/// <param name="Min">Fewest workers, 1 or more.</param>
/// <param name="Max">Most workers, not below the fewest.</param>
public sealed record WorkerBoundsRequest(int? Min = null, int? Max = null);

/// <summary>Body of <c>POST /api/v1/runs/{id}/clone</c>; nothing has to be given.</summary>
public sealed record CloneRequest
{
    /// <summary>By path in the resolved spec, such as <c>probes[0].protocol</c>: a value in YAML.</summary>
    public IReadOnlyDictionary<string, string>? Set { get; init; }

    /// <summary>The new run's; null: the same.</summary>
    public string? Name { get; init; }
}
