namespace Orchestrator.Pretraining.Data.Labels;

/// <summary>The rows of a table while it is read: paths are checked, repetitions dropped, contradictions refused.</summary>
/// <param name="name">Of the table, as messages have it.</param>
/// <param name="noun">What the table counts: lines, or the entries of a list.</param>
internal sealed class LabelRows(string name, string noun = "line")
{
    private readonly List<LabelRow> rows = [];
    private readonly Dictionary<string, LabelRow> byPath = new(StringComparer.Ordinal);

    // Most samples share their labels, groups and splits: a list and a string of each are kept once.
    private readonly Dictionary<string, string> words = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string[]> single = new(StringComparer.Ordinal);

    public IReadOnlyList<LabelRow> Rows => rows;

    /// <summary>Set when several labels a sample were seen to be possible.</summary>
    public bool MultiLabel { get; set; }

    /// <summary>As messages name a place.</summary>
    public string At(int line, string column) => $"'{name}' {noun} {line}, column '{column}'";

    public void Add(string path, string pathColumn, IReadOnlyList<string> labels, string? group, string? split, int line)
    {
        var row = new LabelRow(Check(path, pathColumn, line), Shared(labels), Shared(group), Shared(split), line);
        if (byPath.TryAdd(row.Path, row))
        {
            rows.Add(row);
            return;
        }

        var first = byPath[row.Path];
        if (!first.Labels.SequenceEqual(row.Labels, StringComparer.Ordinal))
        {
            throw Contradiction(row, first, pathColumn, "labels", Show(row.Labels), Show(first.Labels));
        }

        if (first.Group != row.Group)
        {
            throw Contradiction(row, first, pathColumn, "group", row.Group, first.Group);
        }

        if (first.Split != row.Split)
        {
            throw Contradiction(row, first, pathColumn, "split", row.Split, first.Split);
        }
    }

    /// <summary>The table of all rows.</summary>
    /// <exception cref="DataException">There is none.</exception>
    public LabelTable ToTable() =>
        rows.Count > 0
            ? new LabelTable(name, rows, MultiLabel, noun)
            : throw new DataException($"'{name}' has no rows; it needs one {noun} a sample");

    private DataException Contradiction(LabelRow row, LabelRow first, string column, string what, string? value, string? before) =>
        new(
            $"{At(row.Line, column)}: '{row.Path}' has the {what} '{value}', and '{before}' in {noun} {first.Line}; keep one {noun} a sample"
        );

    private string Check(string path, string column, int line)
    {
        var relative = path.Trim().Replace('\\', '/');
        while (relative.StartsWith("./", StringComparison.Ordinal))
        {
            relative = relative[2..];
        }

        if (relative.Length == 0)
        {
            throw new DataException($"{At(line, column)} is empty; it must be a path relative to the data");
        }

        var drive = relative.Length >= 2 && relative[1] == ':' && char.IsAsciiLetter(relative[0]);
        if (relative[0] == '/' || drive || relative.Contains('\0') || relative.Split('/').Contains("..", StringComparer.Ordinal))
        {
            throw new DataException($"{At(line, column)}: '{path}' must be a path relative to the data, without '..'");
        }

        return relative;
    }

    private IReadOnlyList<string> Shared(IReadOnlyList<string> labels)
    {
        if (labels.Count != 1)
        {
            return labels;
        }

        if (!single.TryGetValue(labels[0], out var known))
        {
            known = [labels[0]];
            single.Add(labels[0], known);
        }

        return known;
    }

    private string? Shared(string? word)
    {
        if (word is null)
        {
            return null;
        }

        return words.TryAdd(word, word) ? word : words[word];
    }

    private static string Show(IReadOnlyList<string> labels) => string.Join(", ", labels);
}
