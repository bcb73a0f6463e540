using Orchestrator.Pretraining.Data.Labels;

namespace Orchestrator.Pretraining.Data.Audio.Labels;

/// <summary>Rows of CSV text whose columns a layout knows; lines that start with # are passed over.</summary>
internal static class CsvFile
{
    /// <summary>Rows of a file whose first row names the columns.</summary>
    /// <param name="required">Columns that it must have, in any order.</param>
    public static IEnumerable<CsvRow> ReadWithHeader(string text, string file, params string[] required)
    {
        using var reader = new CsvReader(new StringReader(text), file, comments: true);
        var names =
            reader.Next()
            ?? throw new DataException($"'{file}' is empty; its first row should name the columns {string.Join(", ", required)}");
        var columns = Numbered(names);
        if (Array.Find(required, column => !columns.ContainsKey(column)) is { } missing)
        {
            throw new DataException(
                $"'{file}' line {reader.Line} lacks the column '{missing}'; it has {string.Join(", ", names.Select(c => $"'{c}'"))}"
            );
        }

        foreach (var row in Rows(reader, file, columns))
        {
            yield return row;
        }
    }

    /// <summary>Rows of a file without a row of names.</summary>
    /// <param name="columns">Names of its columns, in order.</param>
    public static IEnumerable<CsvRow> Read(string text, string file, params string[] columns)
    {
        using var reader = new CsvReader(new StringReader(text), file, comments: true);
        foreach (var row in Rows(reader, file, Numbered(columns)))
        {
            yield return row;
        }
    }

    private static IEnumerable<CsvRow> Rows(CsvReader reader, string file, Dictionary<string, int> columns)
    {
        while (reader.Next() is { } fields)
        {
            yield return fields.Length == columns.Count
                ? new CsvRow(file, reader.Line, columns, fields)
                : throw new DataException(
                    $"'{file}' line {reader.Line} has {fields.Length} columns; it should have {columns.Count}: {string.Join(", ", columns.Keys)}"
                );
        }
    }

    // Of columns with the same name the first counts.
    private static Dictionary<string, int> Numbered(string[] names)
    {
        var columns = new Dictionary<string, int>(StringComparer.Ordinal);
        for (var i = 0; i < names.Length; i++)
        {
            columns.TryAdd(names[i].Length == 0 || columns.ContainsKey(names[i]) ? $"column {i + 1}" : names[i], i);
        }

        return columns;
    }
}
