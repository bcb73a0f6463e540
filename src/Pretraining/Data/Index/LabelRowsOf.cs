using Orchestrator.Pretraining.Data.Labels;
using Orchestrator.Pretraining.Data.Storage;

namespace Orchestrator.Pretraining.Data.Index;

/// <summary>Joins the rows of a table with the files of a listing, by path.</summary>
internal static class LabelRowsOf
{
    /// <summary>The samples that the table names, with its labels, groups and splits.</summary>
    /// <param name="stamps">Of the table.</param>
    /// <exception cref="DataException">A row names a file that is not there.</exception>
    public static SampleListing Label(SampleListing listing, LabelTable table, IReadOnlyList<StoredStamp> stamps)
    {
        var found = listing.Samples.ToDictionary(sample => sample.Name, StringComparer.Ordinal);
        var isLabeled = table.Rows.Any(row => row.Labels.Count > 0);
        var classes = isLabeled ? table.Number() : null;
        var missing = table.Rows.Where(row => !found.ContainsKey(row.Path)).ToArray();
        if (missing.Length > 0)
        {
            throw new DataException(
                $"'{table.Name}' {table.RowNoun} {missing[0].Line} names '{missing[0].Path}', which is not in '{listing.Folder}' ({missing.Length} of {table.Rows.Count} rows name no file there); paths are relative to that folder"
            );
        }

        return listing with
        {
            Samples =
            [
                .. table.Rows.Select(
                    (row, i) => found[row.Path] with { Labels = classes?.OfRows[i] ?? [], Group = row.Group, Split = row.Split }
                ),
            ],
            Stamps = [.. listing.Stamps, .. stamps],
            IsLabeled = isLabeled,
            IsMultiLabel = table.IsMultiLabel,
            ClassNames = classes?.Names,
        };
    }
}
