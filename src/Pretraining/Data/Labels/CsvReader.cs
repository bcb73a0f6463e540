using System.Globalization;
using CsvHelper;
using CsvHelper.Configuration;

namespace Orchestrator.Pretraining.Data.Labels;

/// <summary>CSV text row by row (RFC 4180 by CsvHelper): quotes, separators and line ends in quotes; spaces around cells are dropped.</summary>
internal sealed class CsvReader : IDisposable
{
    // No path or label list is longer; an unclosed quote would otherwise swallow the file.
    private const int MaxCell = 64 << 10;

    private readonly string name;
    private readonly CsvParser parser;

    /// <param name="reader">Not closed.</param>
    /// <param name="name">Of the file, as messages have it.</param>
    /// <param name="comments">Lines that start with # are passed over.</param>
    public CsvReader(TextReader reader, string name, string delimiter = ",", bool comments = false)
    {
        this.name = name;
        parser = new CsvParser(
            reader,
            new CsvConfiguration(CultureInfo.InvariantCulture)
            {
                Delimiter = delimiter,
                MaxFieldSize = MaxCell,
                TrimOptions = TrimOptions.Trim,
                AllowComments = comments,
                BadDataFound = bad =>
                    throw new DataException(
                        $"'{name}' line {bad.Context.Parser!.RawRow} has a quote that is out of place: {Shorten(bad.RawRecord)}"
                    ),
            },
            leaveOpen: true
        );
    }

    /// <summary>Of the row that was read last, from 1; of a row over several lines, the last.</summary>
    public int Line => parser.RawRow;

    /// <summary>The cells of the next row; null at the end.</summary>
    /// <exception cref="DataException">It is no CSV; the message names the line.</exception>
    public string[]? Next()
    {
        try
        {
            // Taking the cells can fail as reading the row can.
            return parser.Read() ? parser.Record : null;
        }
        catch (CsvHelperException exception)
        {
            throw new DataException(
                $"'{name}' line {parser.RawRow} cannot be read: a cell of more than {MaxCell} characters, or a quote that is not closed",
                exception
            );
        }
    }

    public void Dispose() => parser.Dispose();

    private static string Shorten(string text) => text.Trim() is { Length: > 80 } longer ? longer[..80] + "…" : text.Trim();
}
