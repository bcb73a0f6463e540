using System.Text.Json.Nodes;

namespace Orchestrator.Cli.Studies.Plans;

/// <summary>Every combination of the values that a study varies, written into the spec as it stands: what depends on them by default follows.</summary>
public static class AblationGrid
{
    /// <summary>More would rather be several studies.</summary>
    public const int MostCells = 100;

    /// <param name="document">The spec as written.</param>
    /// <param name="variations">Each of another path.</param>
    /// <exception cref="CliException">There are too many, or a path stands twice.</exception>
    public static IReadOnlyList<StudyCell> Cells(JsonObject document, IReadOnlyList<Variation> variations)
    {
        if (variations.GroupBy(v => v.Path, StringComparer.Ordinal).FirstOrDefault(g => g.Count() > 1) is { Key: var twice })
        {
            throw CliException.BadInput($"--vary {twice}: stands twice", next: "give all its values at once, separated by commas");
        }

        var count = variations.Aggregate(1L, (product, v) => Math.Min(MostCells + 1L, product * v.Values.Count));
        if (count is < 2 or > MostCells)
        {
            throw CliException.BadInput(
                count < 2 ? "one cell is nothing to compare" : $"--vary: more than {MostCells} combinations",
                next: count < 2 ? "give --vary PATH=V1,V2 two values or more" : "vary fewer keys at once"
            );
        }

        IEnumerable<IReadOnlyList<(Variation Of, JsonNode? Value)>> combinations =
        [
            [],
        ];
        foreach (var variation in variations)
        {
            combinations = combinations.SelectMany(c =>
                variation.Values.Select(IReadOnlyList<(Variation, JsonNode?)> (value) => [.. c, (variation, value)])
            );
        }

        return [.. combinations.Select(c => Cell(document, variations, c))];
    }

    private static StudyCell Cell(
        JsonObject document,
        IReadOnlyList<Variation> variations,
        IReadOnlyList<(Variation Of, JsonNode? Value)> combination
    )
    {
        var varied = document.DeepClone().AsObject();
        foreach (var (of, value) in combination)
        {
            SpecDocument.Set(varied, of.Path, value);
        }

        return new StudyCell(string.Join(" ", combination.Select(c => $"{Label(c.Of, variations)}={Variation.Word(c.Value)}")), varied);
    }

    /// <summary>The last key alone where no other variation ends in it.</summary>
    private static string Label(Variation variation, IReadOnlyList<Variation> all) =>
        all.Count(v => v.Key == variation.Key) == 1 ? variation.Key : variation.Path;
}
