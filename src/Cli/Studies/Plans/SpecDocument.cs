using System.Text.Json.Nodes;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Orchestrator.Cli.Studies.Plans;

/// <summary>
/// A YAML or JSON document as it is written, without any default. Every value stays the text that it was, so nothing is read another way than the
/// coordinator's parser reads it.
/// </summary>
public static class SpecDocument
{
    /// <param name="name">Of the file, for the error.</param>
    /// <param name="text">One mapping.</param>
    /// <exception cref="CliException">It is none.</exception>
    public static JsonObject Parse(string name, string text) =>
        Root(name, text) is YamlMappingNode root
            ? Mapping(root)
            : throw CliException.BadInput($"{name} is no mapping of keys to values", next: "docs/spec.md has every key");

    /// <summary>Values of a YAML list between its brackets: <c>0.1, [0.1, 0.3], sinkhorn</c>.</summary>
    /// <exception cref="CliException">They cannot be read.</exception>
    public static IReadOnlyList<JsonNode?> Values(string name, string text) =>
        Root(name, $"[{text}]") is YamlSequenceNode list && list.Children.Count > 0
            ? [.. list.Children.Select(Value)]
            : throw CliException.BadInput($"{name}: {text} is no list of values", next: "separate values by commas: 0.1,0.2");

    /// <summary>Sets the value at a path of keys joined by dots, making the mappings on its way.</summary>
    public static void Set(JsonObject document, string path, JsonNode? value)
    {
        var keys = path.Split('.');
        var at = document;
        foreach (var key in keys[..^1])
        {
            if (at[key] is not JsonObject inner)
            {
                inner = [];
                at[key] = inner;
            }

            at = inner;
        }

        at[keys[^1]] = value?.DeepClone();
    }

    private static YamlNode? Root(string name, string text)
    {
        try
        {
            var stream = new YamlStream();
            stream.Load(new StringReader(text));
            return stream.Documents.Count == 1 ? stream.Documents[0].RootNode : null;
        }
        catch (YamlException e)
        {
            throw CliException.BadInput($"{name} is not YAML or JSON", e.InnerException?.Message ?? e.Message);
        }
    }

    private static JsonNode? Value(YamlNode node) =>
        node switch
        {
            YamlMappingNode mapping => Mapping(mapping),
            YamlSequenceNode list => new JsonArray([.. list.Children.Select(Value)]),
            YamlScalarNode { Style: ScalarStyle.Plain, Value: null or "" or "null" or "~" } => null,
            YamlScalarNode scalar => JsonValue.Create(scalar.Value),
            _ => null,
        };

    private static JsonObject Mapping(YamlMappingNode mapping)
    {
        var found = new JsonObject();
        foreach (var (key, value) in mapping.Children)
        {
            found[key.ToString()] = Value(value);
        }

        return found;
    }
}
