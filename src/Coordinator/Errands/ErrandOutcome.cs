using System.Globalization;
using System.Text.Json;
using Orchestrator.Shared.Api;
using Orchestrator.Shared.Evaluations;
using Orchestrator.Shared.Protocol;
using Orchestrator.Shared.Runs;

namespace Orchestrator.Coordinator.Errands;

/// <summary>What workers found, read.</summary>
public static class ErrandOutcome
{
    /// <summary>Whether the key is of work that the head gives out, and not of an evaluation at a run's end.</summary>
    /// <returns>The run that it is about; null: of none.</returns>
    public static string? RunOf(string key) => VerificationKey.Parse(key)?.Run ?? EvaluationErrandKey.Parse(key)?.Run;

    /// <summary>A result in words; null for one that cannot be read, which a worker of another version may have written.</summary>
    public static string? Tell(string key, string json) =>
        EvaluationErrandKey.Parse(key) is null
            ? Read<VerificationResult>(json) is { } verification
                ? Tell(verification)
                : null
            : Read<EvaluationResult>(json) is { } evaluation
                ? Tell(evaluation)
                : null;

    /// <summary>Null where it cannot be read.</summary>
    public static T? Read<T>(string? json)
        where T : class
    {
        try
        {
            return json is null ? null : JsonSerializer.Deserialize<T>(json, RunSpecJson.Options);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static string Tell(VerificationResult result) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"{(result.Equal ? "equal" : $"differs in {string.Join(", ", result.Differences.Select(d => d.What))}")}; compared: {string.Join(", ", result.Compared)}; computed from step {result.FromStep} by {result.Worker} in {result.Seconds:F1} s"
        );

    private static string Tell(EvaluationResult result) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"{string.Join(", ", result.Spec.Protocols.Select(p => SpecWords.Word(p)))} of step {result.Step}: {result.Figures.Count} figures by {result.Worker} in {result.Seconds:F1} s"
        );
}
