using System.Text.RegularExpressions;

namespace Orchestrator.Pretraining.Data.Volumes;

/// <summary>The labels of one split and task, from a CSV without header: lines <c>0000,1</c>.</summary>
internal sealed partial class MrnetLabels
{
    private readonly string name;
    private readonly Dictionary<string, int> labels = new(StringComparer.Ordinal);

    private MrnetLabels(string file, string split, string task, string name) => (File, Split, Task, this.name) = (file, split, task, name);

    public string File { get; }

    public string Split { get; }

    public string Task { get; }

    public IEnumerable<string> Exams => labels.Keys;

    public static MrnetLabels Read(string file, string text, string name)
    {
        var match = FilePattern().Match(file);
        if (!match.Success)
        {
            throw new DataException($"'{name}/{file}' is not named split-task.csv, as train-acl.csv");
        }

        var table = new MrnetLabels(file, match.Groups["split"].Value, match.Groups["task"].Value, name);
        var lines = text.TrimStart('\uFEFF').Split('\n');
        for (var i = 0; i < lines.Length; i++)
        {
            if (lines[i].Trim() is { Length: > 0 } line)
            {
                table.Add(line, i + 1);
            }
        }

        return table;
    }

    public int Of(MrnetVolume volume) =>
        labels.TryGetValue(volume.Exam, out var label)
            ? label
            : throw new DataException(
                $"'{name}/{File}' has no label for exam {volume.Exam}, whose volume is {volume.Path}; add a line '{volume.Exam},0' or ',1'"
            );

    // Two plain columns, so a line is split at its comma; there is nothing to quote.
    private void Add(string line, int number)
    {
        var where = $"'{name}/{File}' line {number}";
        var columns = line.Split(',', StringSplitOptions.TrimEntries);
        if (columns.Length != 2 || columns[0].Length == 0)
        {
            throw new DataException(
                $"{where}, '{line}', has {columns.Length} column{(columns.Length == 1 ? "" : "s")}; right is exam,label as '0000,1'"
            );
        }

        if (columns[1] is not ("0" or "1"))
        {
            throw new DataException(
                $"{where} has the label '{columns[1]}' for exam {columns[0]}; labels are 0 or 1"
                    + (number == 1 ? ", and there is no header line" : "")
            );
        }

        if (!labels.TryAdd(columns[0], columns[1] == "1" ? 1 : 0))
        {
            throw new DataException($"{where} labels exam {columns[0]} a second time; keep one line an exam");
        }
    }

    [GeneratedRegex("^(?<split>[^/-]+)-(?<task>[^/]+)\\.csv$", RegexOptions.NonBacktracking)]
    private static partial Regex FilePattern();
}
