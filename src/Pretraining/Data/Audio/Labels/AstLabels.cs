using System.Text.Json;
using Orchestrator.Pretraining.Data.Labels;

namespace Orchestrator.Pretraining.Data.Audio.Labels;

/// <summary>JSON lists as AST and its successors use them: <c>{"data": [{"wav": "path", "labels": "/m/09x0r,/m/05zppz"}]}</c>.</summary>
public static class AstLabels
{
    /// <summary>Reads a list: path = wav; no split and no group. Other keys are passed over.</summary>
    /// <exception cref="DataException">It is no JSON, or an entry is wrong: the message names its line or its place in the list.</exception>
    public static LabelTable Read(string text, string file)
    {
        try
        {
            using var document = JsonDocument.Parse(text);
            return
                document.RootElement.ValueKind == JsonValueKind.Object
                && document.RootElement.TryGetProperty("data", out var data)
                && data.ValueKind == JsonValueKind.Array
                ? Table(data, file)
                : throw new DataException($"'{file}' has no list \"data\"; it should be {{\"data\": [{{\"wav\": …, \"labels\": …}}]}}");
        }
        catch (JsonException exception)
        {
            throw new DataException(
                $"'{file}' line {exception.LineNumber + 1}, byte {exception.BytePositionInLine + 1} is no JSON: {exception.Message}",
                exception
            );
        }
    }

    private static LabelTable Table(JsonElement data, string file)
    {
        var rows = new LabelRows(file, "entry");
        foreach (var (index, entry) in data.EnumerateArray().Index())
        {
            var labels = AudioLabels.SplitLabels(Text(entry, "labels", file, index));
            if (labels.Count == 0)
            {
                throw new DataException($"'{file}' data[{index}].labels names no label; separate labels by commas");
            }

            rows.MultiLabel |= labels.Count > 1;
            rows.Add(Text(entry, "wav", file, index), "wav", labels, group: null, split: null, index + 1);
        }

        return rows.ToTable();
    }

    private static string Text(JsonElement entry, string key, string file, int index)
    {
        if (entry.ValueKind != JsonValueKind.Object || !entry.TryGetProperty(key, out var value))
        {
            throw new DataException($"'{file}' data[{index}] lacks \"{key}\"; every entry needs \"wav\" and \"labels\"");
        }

        return value.ValueKind == JsonValueKind.String && value.GetString() is { Length: > 0 } text
            ? text
            : throw new DataException($"'{file}' data[{index}].{key} is {value.GetRawText()}; it should be a text that is not empty");
    }
}
