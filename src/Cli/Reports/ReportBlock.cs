namespace Orchestrator.Cli.Reports;

/// <summary>A piece of a page, whatever it is written as.</summary>
public abstract record ReportBlock
{
    private ReportBlock() { }

    /// <param name="Level">1 is the page's.</param>
    public sealed record Heading(int Level, string Text) : ReportBlock;

    /// <param name="Strong">What must not be overlooked.</param>
    public sealed record Paragraph(string Text, bool Strong = false) : ReportBlock;

    /// <param name="Rows">Each with as many cells as there are headers; the first is a name.</param>
    /// <param name="IsOfWords">The others are words rather than numbers.</param>
    public sealed record Table(IReadOnlyList<string> Headers, IReadOnlyList<IReadOnlyList<ReportCell>> Rows, bool IsOfWords = false)
        : ReportBlock;

    /// <param name="File">Name of the picture's own file.</param>
    /// <param name="Svg">The picture.</param>
    public sealed record Chart(string File, string Title, string Svg) : ReportBlock;

    /// <summary>A long text that is folded away where that can be done.</summary>
    public sealed record Listing(string Title, string Text) : ReportBlock;
}

/// <param name="Bold">The best of its column.</param>
public sealed record ReportCell(string Text, bool Bold = false);
