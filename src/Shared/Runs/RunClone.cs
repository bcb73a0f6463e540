using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Orchestrator.Shared.Runs;

/// <summary>
/// The spec of a run like another one: <c>{"set":{"optimizer.baseLearningRate":"0.001","seed":"3"},"name":"…"}</c>, as YAML or JSON. Each key of <c>set</c> is a
/// path in the resolved spec, <c>probes[0].protocol</c>; each value is YAML, and null takes the default.
/// </summary>
public static class RunClone
{
    private const int MostFields = 64;
    private const int MostSteps = 16;

    /// <param name="request">Empty: nothing is to differ.</param>
    /// <param name="specJson">The resolved spec of the run that is cloned.</param>
    /// <returns>Checked as a submission is.</returns>
    public static SpecResult Parse(string request, string specJson)
    {
        var errors = new List<SpecError>();
        var root = SpecRoot.Read(specJson, "the cloned spec", "method and data", errors);
        var asked = string.IsNullOrWhiteSpace(request) ? new YamlMappingNode() : SpecRoot.Read(request, "a clone", "set or name", errors);
        if (root is null || asked is null)
        {
            return new SpecResult(null, errors);
        }

        var reader = new SpecReader(asked, "", errors);
        var set = reader.Mapping("set");
        if (set.Keys.Count > MostFields)
        {
            reader.Fail("set", $"has at most {MostFields} fields, this one has {set.Keys.Count}");
        }

        foreach (var path in set.Keys)
        {
            if (Value(set.Node(path)!) is not { } value)
            {
                set.Fail(path, "is no YAML value");
            }
            else if (!Place(root, path, Copy(value)))
            {
                set.Fail(path, "is no path of the spec: keys joined by dots, positions in brackets, such as probes[0].protocol");
            }
        }

        if (reader.Text("name", maxLength: 100) is { } name)
        {
            root.Children["name"] = new YamlScalarNode(name) { Style = ScalarStyle.DoubleQuoted };
        }

        reader.End();
        return errors.Count > 0 ? new SpecResult(null, errors) : RunSpecParser.Parse(root, errors);
    }

    /// <summary>A text is read as YAML, so that <c>"[0.1, 0.4]"</c> is a pair; null: it is none.</summary>
    private static YamlNode? Value(YamlNode given)
    {
        if (given is not YamlScalarNode { Style: not ScalarStyle.Plain, Value: { Length: > 0 } text })
        {
            return given;
        }

        try
        {
            if (SpecBounds.Problem(text) is not null)
            {
                return null;
            }

            var stream = new YamlStream();
            stream.Load(new StringReader(text));
            return stream.Documents.Count == 1 ? stream.Documents[0].RootNode : null;
        }
        catch (YamlException)
        {
            return null;
        }
    }

    /// <summary>What an alias stands for would else be one object in several places, and a later path could put it into itself.</summary>
    private static YamlNode Copy(YamlNode node) =>
        node switch
        {
            YamlMappingNode mapping => new YamlMappingNode(
                mapping.Children.Select(pair => KeyValuePair.Create(Copy(pair.Key), Copy(pair.Value)))
            ),
            YamlSequenceNode list => new YamlSequenceNode(list.Children.Select(Copy)),
            YamlScalarNode scalar => new YamlScalarNode(scalar.Value) { Style = scalar.Style, Tag = scalar.Tag },
            _ => node,
        };

    /// <summary>Puts a value where the path leads, making the mappings on its way; false: it leads nowhere.</summary>
    private static bool Place(YamlMappingNode root, string path, YamlNode value)
    {
        var steps = path.Replace("[", ".[", StringComparison.Ordinal).Split('.');
        if (steps.Length > MostSteps || steps.Any(s => s.Length == 0))
        {
            return false;
        }

        YamlNode at = root;
        foreach (var step in steps[..^1])
        {
            if (at is YamlMappingNode mapping && !step.StartsWith('['))
            {
                if (!mapping.Children.TryGetValue(step, out var inner) || inner is not (YamlMappingNode or YamlSequenceNode))
                {
                    inner = new YamlMappingNode();
                    mapping.Children[step] = inner;
                }

                at = inner;
            }
            else if (at is YamlSequenceNode list && Position(step, list) is { } position)
            {
                at = list.Children[position];
            }
            else
            {
                return false;
            }
        }

        if (at is YamlMappingNode last && !steps[^1].StartsWith('['))
        {
            last.Children[steps[^1]] = value;
            return true;
        }

        if (at is YamlSequenceNode values && Position(steps[^1], values) is { } place)
        {
            values.Children[place] = value;
            return true;
        }

        return false;
    }

    private static int? Position(string step, YamlSequenceNode list) =>
        step is ['[', .. var number, ']']
        && int.TryParse(number, System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out var position)
        && position < list.Children.Count
            ? position
            : null;
}
