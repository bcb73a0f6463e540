using System.Text.Json;
using Orchestrator.Shared.Sweeps;

namespace Orchestrator.Shared.Api;

/// <summary>Body of <c>POST /api/v1/sweeps</c>, as JSON (docs/sweeps.md); it may be YAML as well.</summary>
public sealed record SweepDocument
{
    /// <summary>The spec that every trial begins with.</summary>
    public required JsonElement Spec { get; init; }

    /// <summary>By path in the spec: <c>{ "values": […] }</c>, or <c>{ "uniform": [low, high] }</c>, <c>logUniform</c> or <c>integer</c>.</summary>
    public required IReadOnlyDictionary<string, JsonElement> Fields { get; init; }
    public SweepSearch? Search { get; init; }
    public string? Name { get; init; }

    /// <summary>How many are drawn; of a grid all are tried.</summary>
    public int? Trials { get; init; }

    /// <summary>Of the draws.</summary>
    public long? Seed { get; init; }

    /// <summary>So many trials at once.</summary>
    public int? Parallel { get; init; }

    /// <summary>Name of the loss term that trials are judged by.</summary>
    public string? Metric { get; init; }
    public SweepMode? Mode { get; init; }

    /// <summary>Of the search <c>asha</c>: <c>{ "rungs": [60, 180], "eta": 3 }</c>, or <c>minSteps</c> and <c>eta</c>.</summary>
    public JsonElement? Asha { get; init; }
}
