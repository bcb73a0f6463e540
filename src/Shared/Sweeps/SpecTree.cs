using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Orchestrator.Shared.Sweeps;

/// <summary>A YAML document as JSON, every value with the text that it had: a spec's parser reads both alike.</summary>
internal static class SpecTree
{
    public static JsonNode? Of(YamlNode node) =>
        node switch
        {
            YamlMappingNode mapping => Mapping(mapping),
            YamlSequenceNode list => new JsonArray([.. list.Children.Select(Of)]),
            YamlScalarNode { Style: ScalarStyle.Plain, Value: null or "" or "null" or "~" } => null,
            YamlScalarNode { Style: ScalarStyle.Plain, Value: "true" or "false" } word => JsonValue.Create(word.Value == "true"),
            YamlScalarNode { Style: ScalarStyle.Plain, Value: { } text } when Number(text) is { } number => number,
            YamlScalarNode scalar => JsonValue.Create(scalar.Value),
            _ => null,
        };

    /// <summary>Sets the value at a path of keys joined by dots, making the mappings on its way.</summary>
    /// <returns>The path on the way at which something else than a mapping stands; null: it is set.</returns>
    public static string? Set(JsonObject document, string path, JsonNode? value)
    {
        var keys = path.Split('.');
        var at = document;
        for (var i = 0; i < keys.Length - 1; i++)
        {
            if (!at.TryGetPropertyValue(keys[i], out var inner) || inner is null)
            {
                inner = new JsonObject();
                at[keys[i]] = inner;
            }

            if (inner is not JsonObject mapping)
            {
                return string.Join('.', keys[..(i + 1)]);
            }

            at = mapping;
        }

        at[keys[^1]] = value;
        return null;
    }

    /// <summary>Whether something stands at a path of keys joined by dots.</summary>
    public static bool Has(JsonObject document, string path)
    {
        JsonNode? at = document;
        foreach (var key in path.Split('.'))
        {
            if (at is not JsonObject mapping || !mapping.TryGetPropertyValue(key, out at))
            {
                return false;
            }
        }

        return true;
    }

    private static JsonObject Mapping(YamlMappingNode mapping)
    {
        var found = new JsonObject();
        foreach (var (key, value) in mapping.Children)
        {
            found[(key as YamlScalarNode)?.Value ?? key.ToString()] = Of(value);
        }

        return found;
    }

    /// <summary>With the text that it has; null for what JSON does not write as a number.</summary>
    private static JsonNode? Number(string text)
    {
        if (!double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out _))
        {
            return null;
        }

        try
        {
            return JsonNode.Parse(text) is JsonValue value && value.GetValueKind() == JsonValueKind.Number ? value : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
