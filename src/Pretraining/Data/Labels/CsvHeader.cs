namespace Orchestrator.Pretraining.Data.Labels;

/// <summary>Where a table's columns are.</summary>
internal sealed class CsvHeader
{
    private readonly string name;

    public CsvHeader(string name, string[] names, LabelTableOptions options)
    {
        (this.name, Names) = (name, names);
        var twice = names.GroupBy(n => n, StringComparer.OrdinalIgnoreCase).FirstOrDefault(g => g.Count() > 1);
        if (twice is not null)
        {
            throw new DataException($"'{name}' has two columns '{twice.Key}'; rename or remove one");
        }

        var columns = options.Columns;
        Path = Find("path", columns.Path, LabelColumns.PathNames) ?? throw Missing("path", LabelColumns.PathNames);
        OneHot = FindOneHot(columns);
        Label = OneHot.Count > 0 ? null : Find("label", columns.Label, LabelColumns.LabelNames);
        Group = Find("group", columns.Group, LabelColumns.GroupNames);
        Split = Find("split", columns.Split, LabelColumns.SplitNames);
        if (options.RequireLabels && Label is null && OneHot.Count == 0)
        {
            throw Missing("label", [.. LabelColumns.LabelNames, LabelColumns.OneHotPrefix + "…"]);
        }
    }

    public string[] Names { get; }

    public int Path { get; }

    public int? Label { get; }

    public int? Group { get; }

    public int? Split { get; }

    /// <summary>Each one-hot column and the label that it is named after; empty where there are none.</summary>
    public IReadOnlyList<(int Column, string Label)> OneHot { get; }

    private List<(int Column, string Label)> FindOneHot(LabelColumns columns)
    {
        if (columns.OneHot is { Count: > 0 } named)
        {
            return [.. named.Select(column => (Find("one-hot", column, [])!.Value, WithoutPrefix(column)))];
        }

        return columns.Label is not null
            ? []
            :
            [
                .. Names
                    .Index()
                    .Where(column => column.Item.StartsWith(LabelColumns.OneHotPrefix, StringComparison.OrdinalIgnoreCase))
                    .Select(column => (column.Index, WithoutPrefix(column.Item))),
            ];
    }

    private static string WithoutPrefix(string column) =>
        column.StartsWith(LabelColumns.OneHotPrefix, StringComparison.OrdinalIgnoreCase)
            ? column[LabelColumns.OneHotPrefix.Length..].Trim()
            : column;

    // The first of the usual names that the table has; a name that was given must be there.
    private int? Find(string what, string? given, string[] usual)
    {
        foreach (var candidate in given is null ? usual : [given])
        {
            var column = Array.FindIndex(Names, n => n.Equals(candidate, StringComparison.OrdinalIgnoreCase));
            if (column >= 0)
            {
                return column;
            }
        }

        return given is null ? null : throw Missing(what, [given]);
    }

    private DataException Missing(string what, string[] wanted) =>
        new($"'{name}' has no {what} column ({string.Join(", ", wanted)}); its columns are: {string.Join(", ", Names)}");
}
