namespace Orchestrator.Pretraining.Data.Labels;

/// <summary>Reads label tables with a header line (<see cref="CsvReader"/>).</summary>
internal sealed class CsvLabels(string name, LabelTableOptions options, LabelRows rows)
{
    private readonly char[] separators = options.Separators.ToCharArray();

    public void Read(TextReader reader, string delimiter)
    {
        using var table = new CsvReader(reader, name, delimiter);
        var names = table.Next() ?? throw new DataException($"'{name}' is empty; it needs a header line and one line a sample");
        var header = new CsvHeader(name, names, options);
        while (table.Next() is { } cells)
        {
            Add(header, cells, table.Line);
        }
    }

    private void Add(CsvHeader header, string[] cells, int line)
    {
        if (cells.Length != header.Names.Length)
        {
            throw new DataException(
                $"'{name}' line {line} has {cells.Length} columns and the header {header.Names.Length} ({string.Join(", ", header.Names)}); quote cells that contain the separator"
            );
        }

        rows.Add(
            cells[header.Path],
            header.Names[header.Path],
            Labels(header, cells, line),
            Word(cells, header.Group),
            Word(cells, header.Split),
            line
        );
    }

    private static string? Word(string[] cells, int? column) => column is { } at && cells[at].Length > 0 ? cells[at] : null;

    private string[] Labels(CsvHeader header, string[] cells, int line)
    {
        if (header.OneHot.Count > 0)
        {
            rows.MultiLabel = true;
            return [.. header.OneHot.Where(one => IsSet(cells[one.Column], header.Names[one.Column], line)).Select(one => one.Label)];
        }

        if (header.Label is not { } column)
        {
            return [];
        }

        var labels = cells[column].Split(separators, StringSplitOptions.TrimEntries);
        rows.MultiLabel |= labels.Length > 1;
        return labels.All(label => label.Length > 0)
            ? [.. labels.Distinct(StringComparer.Ordinal)]
            : throw new DataException(
                $"{rows.At(line, header.Names[column])} has an empty label in '{cells[column]}'; give each sample its label or leave the line out"
            );
    }

    private bool IsSet(string cell, string column, int line) =>
        cell.ToLowerInvariant() switch
        {
            "1" or "1.0" or "true" => true,
            "0" or "0.0" or "false" => false,
            _ => throw new DataException($"{rows.At(line, column)} is '{cell}'; a one-hot column holds 0 or 1"),
        };
}
