using System.Globalization;
using CsvHelper;
using CsvHelper.Configuration;

namespace Orchestrator.Pretraining.Data.Audio.Labels;

/// <summary>Reads CSV text row by row: commas, quotes doubled inside quotes, spaces around fields dropped, lines that start with # left out.</summary>
internal static class CsvFile
{
    private const int MaxFieldCharacters = 1 << 16;

    private static readonly CsvConfiguration Configuration = new(CultureInfo.InvariantCulture)
    {
        HasHeaderRecord = false,
        TrimOptions = TrimOptions.Trim,
        AllowComments = true,
        Comment = '#',
        // A quote that is never closed is found on its line instead of taking the rest of the file for one field.
        LineBreakInQuotedFieldIsBadData = true,
        MaxFieldSize = MaxFieldCharacters,
    };

    /// <summary>Rows of a file whose first row names the columns.</summary>
    /// <param name="required">Columns that it must have, in any order.</param>
    public static IEnumerable<CsvRow> ReadWithHeader(string text, string file, params string[] required)
    {
        using var parser = new CsvParser(new StringReader(text), Configuration);
        var names =
            Next(parser, file)
            ?? throw new DataException($"'{file}' is empty; its first row should name the columns {string.Join(", ", required)}");
        var columns = Numbered(names);
        if (Array.Find(required, column => !columns.ContainsKey(column)) is { } missing)
        {
            throw new DataException(
                $"'{file}' line {parser.RawRow} lacks the column '{missing}'; it has {string.Join(", ", names.Select(c => $"'{c}'"))}"
            );
        }

        foreach (var row in Rows(parser, file, columns))
        {
            yield return row;
        }
    }

    /// <summary>Rows of a file without a row of names.</summary>
    /// <param name="columns">Names of its columns, in order.</param>
    public static IEnumerable<CsvRow> Read(string text, string file, params string[] columns)
    {
        using var parser = new CsvParser(new StringReader(text), Configuration);
        foreach (var row in Rows(parser, file, Numbered(columns)))
        {
            yield return row;
        }
    }

    private static IEnumerable<CsvRow> Rows(CsvParser parser, string file, Dictionary<string, int> columns)
    {
        while (Next(parser, file) is { } fields)
        {
            yield return fields.Length == columns.Count
                ? new CsvRow(file, parser.RawRow, columns, fields)
                : throw new DataException(
                    $"'{file}' line {parser.RawRow} has {fields.Length} columns; it should have {columns.Count}: {string.Join(", ", columns.Keys)}"
                );
        }
    }

    /// <summary>The next row's fields; null at the end.</summary>
    private static string[]? Next(CsvParser parser, string file)
    {
        try
        {
            // Taking the fields can fail as reading the row can.
            return parser.Read() ? parser.Record : null;
        }
        catch (CsvHelperException exception)
        {
            throw new DataException(
                $"'{file}' line {parser.RawRow} is no CSV: a quote is misplaced, or a field is longer than {MaxFieldCharacters} characters",
                exception
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
