using System.Globalization;
using YamlDotNet.RepresentationModel;

namespace Orchestrator.Shared.Runs;

/// <summary>
/// Reads one mapping of a spec document key by key, collecting every error instead of stopping at the first. Keys that nobody asked for
/// are unknown keys: <see cref="End"/> reports them with the nearest known one.
/// </summary>
internal sealed class SpecReader
{
    private readonly Dictionary<string, YamlNode> nodes = new(StringComparer.Ordinal);
    private readonly List<string> known = [];
    private readonly List<SpecError> errors;

    public SpecReader(YamlMappingNode? mapping, string path, List<SpecError> errors)
    {
        this.errors = errors;
        Path = path;
        foreach (var (key, value) in mapping is null ? [] : mapping.Children.ToArray())
        {
            if (key is YamlScalarNode { Value: { } name })
            {
                nodes[name] = value;
            }
            else
            {
                errors.Add(new SpecError(path.Length == 0 ? "(document)" : path, key.ToString(), "a key must be a plain word"));
            }
        }
    }

    /// <summary>Path of this mapping; empty at the root.</summary>
    public string Path { get; }

    public bool Has(string key) => nodes.ContainsKey(key);

    /// <summary>Every key, in the order in which they are written.</summary>
    public IReadOnlyList<string> Keys => [.. nodes.Keys];

    /// <summary>What stands there, unread; null for an absent key.</summary>
    public YamlNode? Node(string key) => Take(key);

    public string PathOf(string key) => Path.Length == 0 ? key : $"{Path}.{key}";

    public void Fail(string key, string problem) => errors.Add(new SpecError(PathOf(key), Written(key), problem));

    /// <summary>A nested mapping; an absent one reads as empty, so that its defaults apply.</summary>
    public SpecReader Mapping(string key)
    {
        var node = Take(key);
        if (node is not null and not YamlMappingNode && !IsNull(node))
        {
            Fail(key, "must be a mapping of keys to values");
        }

        return new SpecReader(node as YamlMappingNode, PathOf(key), errors);
    }

    /// <summary>A list of mappings, or null when the key is absent.</summary>
    public List<SpecReader>? Mappings(string key)
    {
        if (Take(key) is not { } node || IsNull(node))
        {
            return null;
        }

        if (node is not YamlSequenceNode list)
        {
            Fail(key, "must be a list");
            return null;
        }

        var readers = new List<SpecReader>();
        foreach (var (item, index) in list.Children.Select((item, index) => (item, index)))
        {
            if (item is YamlMappingNode mapping)
            {
                readers.Add(new SpecReader(mapping, $"{PathOf(key)}[{index}]", errors));
            }
            else
            {
                errors.Add(new SpecError($"{PathOf(key)}[{index}]", item.ToString(), "must be a mapping of keys to values"));
            }
        }

        return readers;
    }

    public string? Text(string key, string? fallback = null, int maxLength = 200)
    {
        if (Scalar(key) is not { } value)
        {
            return fallback;
        }

        if (value.Length == 0 || value.Length > maxLength || value.Any(char.IsControl))
        {
            Fail(key, $"must be 1 to {maxLength} characters without control characters");
            return fallback;
        }

        return value;
    }

    /// <summary>A text of any length, also an empty one; null when the key is absent, null, or no single value.</summary>
    public string? Any(string key) => Scalar(key);

    public T Choice<T>(string key, T fallback)
        where T : struct, Enum => Scalar(key) is { } value ? ParseChoice<T>(key, value) ?? fallback : fallback;

    /// <summary>A word, or a list of words that each stand once; null when the key is absent or wrong.</summary>
    public IReadOnlyList<T>? Choices<T>(string key)
        where T : struct, Enum
    {
        if (Take(key) is not { } node || IsNull(node))
        {
            return null;
        }

        var choices = new List<T>();
        foreach (var item in node is YamlSequenceNode list ? list.Children : [node])
        {
            if (ParseChoice<T>(key, (item as YamlScalarNode)?.Value ?? "") is not { } choice)
            {
                return null;
            }

            choices.Add(choice);
        }

        if (choices.Count == 0 || choices.Distinct().Count() != choices.Count)
        {
            Fail(key, "must be a word or a list of words, each once");
            return null;
        }

        return choices;
    }

    public int Integer(string key, int fallback, int min, int max) => OptionalInteger(key, min, max) ?? fallback;

    public int? OptionalInteger(string key, int min, int max)
    {
        if (Scalar(key) is not { } value)
        {
            return null;
        }

        if (
            !int.TryParse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)
            || number < min
            || number > max
        )
        {
            Fail(key, $"must be a whole number from {min} to {max}");
            return null;
        }

        return number;
    }

    public ulong Seed(string key, ulong fallback)
    {
        if (Scalar(key) is not { } value)
        {
            return fallback;
        }

        if (!ulong.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number))
        {
            Fail(key, "must be a whole number from 0 to 18446744073709551615");
        }

        return number;
    }

    public double Number(string key, double fallback, double min, double max) =>
        Scalar(key) is { } value ? ParseNumber(key, value, min, max) ?? fallback : fallback;

    public bool Boolean(string key, bool fallback)
    {
        if (Scalar(key) is not { } value)
        {
            return fallback;
        }

        if (value is not ("true" or "false"))
        {
            Fail(key, "must be true or false");
        }

        return value == "true";
    }

    /// <summary>A pair <c>[low, high]</c>, or one number for both.</summary>
    public Interval Interval(string key, Interval fallback, double min, double max, bool ordered = true)
    {
        if (Take(key) is not { } node || IsNull(node))
        {
            return fallback;
        }

        var parts = node is YamlSequenceNode list ? list.Children : [node];
        if (parts.Count is < 1 or > 2 || parts.Any(p => p is not YamlScalarNode))
        {
            Fail(key, "must be a number or a pair [low, high]");
            return fallback;
        }

        var low = ParseNumber(key, ((YamlScalarNode)parts[0]).Value ?? "", min, max);
        var high = ParseNumber(key, ((YamlScalarNode)parts[^1]).Value ?? "", min, max);
        if (low is null || high is null)
        {
            return fallback;
        }

        if (ordered && low > high)
        {
            Fail(key, "the first number must not be above the second");
            return fallback;
        }

        return new Interval(low.Value, high.Value);
    }

    public IReadOnlyList<int>? Integers(string key, int min, int max)
    {
        if (Take(key) is not { } node || IsNull(node))
        {
            return null;
        }

        var numbers = new List<int>();
        foreach (var item in node is YamlSequenceNode list ? list.Children : [node])
        {
            if (
                item is YamlScalarNode { Value: { } text }
                && int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)
                && number >= min
                && number <= max
            )
            {
                numbers.Add(number);
            }
            else
            {
                Fail(key, $"must be a list of whole numbers from {min} to {max}");
                return null;
            }
        }

        return numbers;
    }

    /// <summary>A word or a list of words; null when the key is absent or wrong.</summary>
    public IReadOnlyList<string>? Texts(string key, int maxLength = 200)
    {
        if (Take(key) is not { } node || IsNull(node))
        {
            return null;
        }

        var texts = (node is YamlSequenceNode list ? list.Children : [node]).Select(item => (item as YamlScalarNode)?.Value ?? "").ToList();
        if (texts.Count == 0 || texts.Any(text => text.Length == 0 || text.Length > maxLength || text.Any(char.IsControl)))
        {
            Fail(key, $"must be a list of words of 1 to {maxLength} characters without control characters");
            return null;
        }

        return texts;
    }

    public IReadOnlyList<double>? Numbers(string key, double min, double max)
    {
        if (Take(key) is not { } node || IsNull(node))
        {
            return null;
        }

        var numbers = new List<double>();
        foreach (var item in node is YamlSequenceNode list ? list.Children : [node])
        {
            if (ParseNumber(key, (item as YamlScalarNode)?.Value ?? "", min, max) is not { } number)
            {
                return null;
            }

            numbers.Add(number);
        }

        return numbers;
    }

    /// <summary>Reports every key of this mapping that no call asked for.</summary>
    public void End()
    {
        foreach (var key in nodes.Keys.Except(known, StringComparer.Ordinal))
        {
            var nearest = known.MinBy(k => SpecWords.Distance(k, key));
            var hint = nearest is not null && SpecWords.Distance(nearest, key) <= 3 ? $"; did you mean {nearest}?" : "";
            Fail(key, $"unknown key{hint} (known here: {string.Join(", ", known.Order(StringComparer.Ordinal))})");
        }
    }

    private T? ParseChoice<T>(string key, string value)
        where T : struct, Enum
    {
        if (SpecWords.Value<T>(value) is { } known)
        {
            return known;
        }

        Fail(key, $"must be one of {string.Join(", ", Enum.GetValues<T>().Select(v => SpecWords.Word(v)))}");
        return null;
    }

    private double? ParseNumber(string key, string value, double min, double max)
    {
        if (double.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && number >= min && number <= max)
        {
            return number;
        }

        Fail(
            key,
            $"must be a number from {min.ToString("R", CultureInfo.InvariantCulture)} to {max.ToString("R", CultureInfo.InvariantCulture)}"
        );
        return null;
    }

    private string? Scalar(string key)
    {
        switch (Take(key))
        {
            case null:
                return null;
            case YamlScalarNode scalar:
                return IsNull(scalar) ? null : scalar.Value;
            default:
                Fail(key, "must be a single value");
                return null;
        }
    }

    private YamlNode? Take(string key)
    {
        if (!known.Contains(key, StringComparer.Ordinal))
        {
            known.Add(key);
        }

        return nodes.GetValueOrDefault(key);
    }

    private string? Written(string key) =>
        nodes.GetValueOrDefault(key) switch
        {
            null => null,
            YamlScalarNode { Value: { } text } => text.Length > 80 ? text[..77] + "…" : text,
            YamlSequenceNode list => list.Children.All(c => c is YamlScalarNode) && list.Children.Count <= 8
                ? $"[{string.Join(", ", list.Children)}]"
                : "[…]",
            _ => "{…}",
        };

    private static bool IsNull(YamlNode node) =>
        node is YamlScalarNode { Style: YamlDotNet.Core.ScalarStyle.Plain, Value: null or "" or "null" or "~" };
}
