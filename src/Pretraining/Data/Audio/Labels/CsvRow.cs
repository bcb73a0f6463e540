using System.Globalization;

namespace Orchestrator.Pretraining.Data.Audio.Labels;

/// <summary>One row of a CSV file whose columns are known by name.</summary>
/// <param name="Line">From 1; of a row over several lines, the last.</param>
internal sealed record CsvRow(string File, int Line, IReadOnlyDictionary<string, int> Columns, string[] Fields)
{
    /// <summary>A field, which may not be empty.</summary>
    public string this[string column] => Optional(column) ?? throw Error(column, "is empty; every row needs it");

    /// <summary>A field; null where it is empty or the file lacks the column.</summary>
    public string? Optional(string column) => Columns.TryGetValue(column, out var index) && Fields[index].Length > 0 ? Fields[index] : null;

    /// <summary>A number, with a point.</summary>
    public double Number(string column) =>
        double.TryParse(this[column], NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && double.IsFinite(value)
            ? value
            : throw Error(column, $"is '{this[column]}'; it should be a number");

    public DataException Error(string column, string problem) => new($"'{File}' line {Line}, column '{column}' {problem}");
}
