using System.Globalization;

namespace Orchestrator.Pretraining.Data.Labels;

/// <summary>
/// Labels as class numbers. Where every label of a table is a whole number from 0 on, they are the numbers themselves; otherwise names are numbered in
/// ordinal order.
/// </summary>
/// <param name="Classes">Numbers are 0 … Classes − 1.</param>
/// <param name="Names">By class number; null where labels are numbers.</param>
/// <param name="OfRows">Class numbers of each row of the table, ascending.</param>
public sealed record ClassNumbers(int Classes, IReadOnlyList<string>? Names, IReadOnlyList<int[]> OfRows)
{
    /// <summary>Larger numbers are taken for a mistake: heads and counts would be as large.</summary>
    public const int MaxClasses = 1_000_000;

    /// <summary>The class of each row of a table with one label a sample.</summary>
    /// <exception cref="InvalidOperationException">A row has several or none.</exception>
    public int[] Single() =>
        [
            .. OfRows.Select(labels =>
                labels is [var label]
                    ? label
                    : throw new InvalidOperationException(
                        $"a row has {labels.Length} labels; ask the table first whether it is multi-label"
                    )
            ),
        ];

    /// <summary>Numbers the labels of rows.</summary>
    /// <param name="name">What has the rows, as messages name it.</param>
    /// <param name="classes">How many there must be room for; null: as many as there are.</param>
    /// <exception cref="DataException">A label is out of range, or there are too many.</exception>
    internal static ClassNumbers Of(IReadOnlyList<LabelRow> rows, string name, int? classes)
    {
        var limit = Math.Min(classes ?? MaxClasses, MaxClasses);
        var labels = rows.SelectMany(row => row.Labels).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).ToArray();
        if (labels.Length == 0)
        {
            throw new DataException($"'{name}' has no label in any of its {rows.Count} rows");
        }

        var numeric = labels.All(label => label.All(char.IsAsciiDigit));
        var numbers = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var (index, label) in labels.Index())
        {
            var number =
                !numeric ? index
                : int.TryParse(label, NumberStyles.None, CultureInfo.InvariantCulture, out var value) ? value
                : int.MaxValue;
            if (number >= limit)
            {
                var row = rows.First(row => row.Labels.Contains(label, StringComparer.Ordinal));
                throw new DataException(
                    numeric
                        ? $"'{name}' line {row.Line} has the label {label} for '{row.Path}'; with {limit} classes labels are 0 … {limit - 1}"
                        : $"'{name}' has {labels.Length} labels and room for {limit} classes; line {row.Line} has '{label}'"
                );
            }

            numbers.Add(label, number);
        }

        return new ClassNumbers(
            classes ?? numbers.Values.Max() + 1,
            numeric ? null : labels,
            [.. rows.Select(row => row.Labels.Select(label => numbers[label]).Distinct().Order().ToArray())]
        );
    }
}
