using System.Text;

namespace Orchestrator.Pretraining.Data.Labels;

/// <summary>
/// A table of samples with labels, groups and splits: CSV or TSV with a header line, or JSON lines. A path that stands twice with the same labels,
/// group and split counts once.
/// </summary>
public sealed class LabelTable
{
    /// <param name="noun">What its rows are: lines, or the entries of a list.</param>
    internal LabelTable(string name, IReadOnlyList<LabelRow> rows, bool multiLabel, string noun) =>
        (Name, Rows, IsMultiLabel, RowNoun) = (name, rows, multiLabel, noun);

    /// <summary>As messages name it.</summary>
    public string Name { get; }

    /// <summary>In the file's order.</summary>
    public IReadOnlyList<LabelRow> Rows { get; }

    /// <summary>As messages name a row: <c>line</c>, with <see cref="LabelRow.Line"/> after it.</summary>
    public string RowNoun { get; }

    /// <summary>Samples may have several labels or none: one-hot columns, lists in JSON, or a cell with a separator.</summary>
    public bool IsMultiLabel { get; }

    /// <summary>Reads a table; what it is tells the extension of its name.</summary>
    /// <param name="content">UTF-8; read to its end, not closed.</param>
    /// <param name="name">File name, as messages have it.</param>
    /// <exception cref="DataException">The message names the file, line, column and value, and what would be right.</exception>
    public static LabelTable Read(Stream content, string name, LabelTableOptions? options = null)
    {
        options ??= new LabelTableOptions();
        // Bytes that are not UTF-8 would become other paths.
        var encoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);
        using var reader = new StreamReader(content, encoding, detectEncodingFromByteOrderMarks: true, leaveOpen: true);
        var rows = new LabelRows(name);
        try
        {
            switch (Path.GetExtension(name).ToLowerInvariant())
            {
                case ".csv":
                    new CsvLabels(name, options, rows).Read(reader, ",");
                    break;
                case ".tsv":
                    new CsvLabels(name, options, rows).Read(reader, "\t");
                    break;
                case ".jsonl" or ".ndjson":
                    new JsonLabels(name, options, rows).Read(reader);
                    break;
                default:
                    throw new DataException($"'{name}' is no label table; its name must end in .csv, .tsv, .jsonl or .ndjson");
            }
        }
        catch (DecoderFallbackException exception)
        {
            throw new DataException($"'{name}' is not UTF-8 text; save it as UTF-8", exception);
        }
        catch (IOException exception)
        {
            throw new DataException($"'{name}' cannot be read: {exception.Message}", exception);
        }

        return rows.ToTable();
    }

    /// <summary>Numbers the labels.</summary>
    /// <param name="classes">How many there must be room for; null: as many as the table has.</param>
    /// <exception cref="DataException">A label is out of range, or there are more than <paramref name="classes"/>.</exception>
    public ClassNumbers Number(int? classes = null) => ClassNumbers.Of(Rows, Name, classes);
}
