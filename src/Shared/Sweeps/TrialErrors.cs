using System.Text.Json.Nodes;
using Orchestrator.Shared.Runs;

namespace Orchestrator.Shared.Sweeps;

/// <summary>What is wrong with the specs of trials, told of the sweep's own document: of a field, of the spec that all begin with, or of a combination.</summary>
internal static class TrialErrors
{
    private const int Most = 20;

    public static IReadOnlyList<SpecError> Of(SweepSpec sweep, IReadOnlyList<(SweepTrial Trial, SpecResult Result)> specs)
    {
        var document = JsonNode.Parse(sweep.DocumentJson)!.AsObject();
        var found = specs
            .SelectMany(spec => spec.Result.Errors.Select(error => (spec.Trial, Error: error)))
            .GroupBy(at => at.Error)
            .Select(same => Told(sweep, document, same.Key, same.First().Trial, same.Count() == specs.Count))
            .Distinct()
            .ToList();
        return found.Count <= Most
            ? found
            : [.. found.Take(Most), new SpecError("fields", null, $"{found.Count - Most} more errors of other values and combinations")];
    }

    private static SpecError Told(SweepSpec sweep, JsonObject document, SpecError error, SweepTrial first, bool inAll)
    {
        var field = sweep.Fields.FirstOrDefault(f => IsOf(f.Path, error.Path, document));
        if (field is null && inAll)
        {
            return error with { Path = $"spec.{error.Path}" };
        }

        // Of one field alone its value says it all, unless other fields are what makes it wrong.
        return field is not null && (inAll || sweep.Fields.Count == 1)
            ? error with
            {
                Path = $"fields.{field.Path}",
            }
            : new SpecError(
                field is null ? "fields" : $"fields.{field.Path}",
                error.Value,
                $"{(field is null ? $"{error.Path}: " : "")}{error.Problem} (trial {first.Number}: {first})"
            );
    }

    /// <summary>Whether an error stands at a field's value, within it, or at a key on its way that the spec itself has not.</summary>
    private static bool IsOf(string field, string error, JsonObject document) =>
        error == field
        || error.StartsWith($"{field}.", StringComparison.Ordinal)
        || error.StartsWith($"{field}[", StringComparison.Ordinal)
        || (field.StartsWith($"{error}.", StringComparison.Ordinal) && !SpecTree.Has(document, error));
}
