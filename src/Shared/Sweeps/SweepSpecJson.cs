using System.Globalization;
using System.Text.Json.Nodes;
using Orchestrator.Shared.Runs;

namespace Orchestrator.Shared.Sweeps;

/// <summary>A sweep as a document that <see cref="SweepSpecParser"/> reads back to an equal one, with its rungs and everything else written out.</summary>
public static class SweepSpecJson
{
    public static string Write(SweepSpec spec)
    {
        var document = new JsonObject
        {
            ["name"] = spec.Name,
            ["spec"] = JsonNode.Parse(spec.DocumentJson),
            ["search"] = SpecWords.Word(spec.Search),
            ["fields"] = new JsonObject(spec.Fields.Select(field => KeyValuePair.Create(field.Path, (JsonNode?)Field(field)))),
        };
        if (spec.Search != SweepSearch.Grid)
        {
            document["trials"] = spec.Trials;
            document["seed"] = spec.Seed;
        }

        document["parallel"] = spec.Parallel;
        document["metric"] = spec.Metric;
        document["mode"] = SpecWords.Word(spec.Mode);
        if (spec.Asha is { } asha)
        {
            document["asha"] = new JsonObject
            {
                ["rungs"] = new JsonArray([.. asha.Rungs.Select(rung => (JsonNode)rung)]),
                ["eta"] = asha.Eta,
            };
        }

        return document.ToJsonString(RunSpecJson.Options);
    }

    private static JsonObject Field(SweepField field) =>
        new()
        {
            [KeyOf(field.Kind)] =
                field.Kind == FieldKind.Values
                    ? new JsonArray([.. field.Values.Select(value => JsonNode.Parse(value))])
                    : new JsonArray(Number(field.Low), Number(field.High)),
        };

    /// <summary>How the kind is written in a document: <c>logUniform</c>.</summary>
    internal static string KeyOf(FieldKind kind) =>
        kind switch
        {
            FieldKind.Values => "values",
            FieldKind.Uniform => "uniform",
            FieldKind.LogUniform => "logUniform",
            _ => "integer",
        };

    private static JsonNode? Number(double value) => JsonNode.Parse(value.ToString("R", CultureInfo.InvariantCulture));
}
