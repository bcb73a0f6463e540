using System.Text.Json;

namespace Orchestrator.Pretraining.Data.Labels;

/// <summary>Reads label tables of one JSON object a line. Labels are a text, a whole number, or a list of these.</summary>
internal sealed class JsonLabels(string name, LabelTableOptions options, LabelRows rows)
{
    private readonly LabelColumns columns = options.Columns;

    public void Read(TextReader reader)
    {
        for (var line = 1; reader.ReadLine() is { } text; line++)
        {
            if (string.IsNullOrWhiteSpace(text))
            {
                continue;
            }

            JsonDocument document;
            try
            {
                document = JsonDocument.Parse(text);
            }
            catch (JsonException exception)
            {
                throw new DataException($"'{name}' line {line} is not JSON: {exception.Message}", exception);
            }

            using (document)
            {
                Add(document.RootElement, line);
            }
        }
    }

    private void Add(JsonElement entry, int line)
    {
        if (entry.ValueKind != JsonValueKind.Object)
        {
            throw new DataException(
                $"'{name}' line {line} is a JSON {Kind(entry)}; each line is an object, as {{\"path\": \"a.png\", \"label\": \"cat\"}}"
            );
        }

        var path =
            Find(entry, "path", columns.Path, LabelColumns.PathNames, line) ?? throw Missing(entry, "path", LabelColumns.PathNames, line);
        rows.Add(
            Word(path, line) ?? "",
            path.Name,
            Labels(entry, line),
            Find(entry, "group", columns.Group, LabelColumns.GroupNames, line) is { } group ? Word(group, line) : null,
            Find(entry, "split", columns.Split, LabelColumns.SplitNames, line) is { } split ? Word(split, line) : null,
            line
        );
    }

    private string[] Labels(JsonElement entry, int line)
    {
        var oneHot =
            columns.OneHot is { Count: > 0 } named ? [.. named.Select(key => Find(entry, "one-hot", key, [], line)!.Value)]
            : columns.Label is null
                ? entry
                    .EnumerateObject()
                    .Where(p => p.Name.StartsWith(LabelColumns.OneHotPrefix, StringComparison.OrdinalIgnoreCase))
                    .ToArray()
            : [];
        if (oneHot.Length > 0)
        {
            rows.MultiLabel = true;
            return [.. oneHot.Where(p => IsSet(p, line)).Select(p => LabelOf(p.Name))];
        }

        if (Find(entry, "label", columns.Label, LabelColumns.LabelNames, line) is not { } label)
        {
            return options.RequireLabels ? throw Missing(entry, "label", LabelColumns.LabelNames, line) : [];
        }

        if (label.Value.ValueKind != JsonValueKind.Array)
        {
            return [Text(label.Value, label.Name, line)];
        }

        rows.MultiLabel = true;
        return [.. label.Value.EnumerateArray().Select(value => Text(value, label.Name, line)).Distinct(StringComparer.Ordinal)];
    }

    private string? Word(JsonProperty property, int line) =>
        property.Value.ValueKind == JsonValueKind.Null ? null : Text(property.Value, property.Name, line);

    private string Text(JsonElement value, string key, int line)
    {
        var text = value.ValueKind switch
        {
            JsonValueKind.String => value.GetString()!.Trim(),
            JsonValueKind.Number when value.TryGetInt64(out var number) => number.ToString(),
            _ => throw new DataException($"{rows.At(line, key)} is {Shorten(value.GetRawText())}; a text or a whole number is right"),
        };
        return text.Length > 0 ? text : throw new DataException($"{rows.At(line, key)} is empty; give it a value or leave the line out");
    }

    private bool IsSet(JsonProperty property, int line) =>
        property.Value.ValueKind switch
        {
            JsonValueKind.True => true,
            JsonValueKind.False => false,
            JsonValueKind.Number when property.Value.TryGetDouble(out var number) && number is 0 or 1 => number == 1,
            _ => throw new DataException(
                $"{rows.At(line, property.Name)} is {Shorten(property.Value.GetRawText())}; a one-hot key holds 0, 1, false or true"
            ),
        };

    private static string LabelOf(string key) =>
        key.StartsWith(LabelColumns.OneHotPrefix, StringComparison.OrdinalIgnoreCase)
            ? key[LabelColumns.OneHotPrefix.Length..].Trim()
            : key;

    private JsonProperty? Find(JsonElement entry, string what, string? given, string[] usual, int line)
    {
        foreach (var candidate in given is null ? usual : [given])
        {
            foreach (var property in entry.EnumerateObject())
            {
                if (property.Name.Equals(candidate, StringComparison.OrdinalIgnoreCase))
                {
                    return property;
                }
            }
        }

        return given is null ? null : throw Missing(entry, what, [given], line);
    }

    private DataException Missing(JsonElement entry, string what, string[] wanted, int line) =>
        new(
            $"'{name}' line {line} has no {what} key ({string.Join(", ", wanted)}); its keys are: {string.Join(", ", entry.EnumerateObject().Select(p => p.Name))}"
        );

    private static string Kind(JsonElement element) => element.ValueKind.ToString().ToLowerInvariant();

    private static string Shorten(string text) => text.Length > 80 ? text[..80] + "…" : text;
}
