using Orchestrator.Shared.Runs;
using Xunit;

namespace Orchestrator.Shared.Tests.Runs;

public sealed class SpecBoundsTests
{
    private const string Least = "method: gmml\ndata: { images: a }\n";

    private static string Tenfold(int levels) =>
        "a: &a [x, x, x, x, x, x, x, x, x, x]\n"
        + string.Concat(
            Enumerable
                .Range(1, levels)
                .Select(i =>
                    $"{(char)('a' + i)}: &{(char)('a' + i)} [{string.Join(", ", Enumerable.Repeat($"*{(char)('a' + i - 1)}", 10))}]\n"
                )
        );

    public static TheoryData<string, string> Bombs =>
        new()
        {
            { new string('[', 60_000), "nested deeper than 32" },
            { new string('{', 60_000), "nested deeper than 32" },
            { string.Concat(Enumerable.Repeat("- ", 30_000)), "nested deeper than 32" },
            { Least + Tenfold(8), "more than 262144 characters" },
            { Least + "a: &a [*a]\n", "the alias *a at line 3 stands for nothing" },
            { Least + "a: *b\n", "the alias *b at line 3 stands for nothing" },
            {
                Least + $"a: &a {new string('x', 30_000)}\nb: [{string.Join(", ", Enumerable.Repeat("*a", 1000))}]\n",
                "more than 262144 characters"
            },
        };

    [Theory]
    [MemberData(nameof(Bombs))]
    public void A_document_that_would_grow_or_nest_without_end_is_refused(string document, string says)
    {
        var parsed = RunSpecParser.Parse(document);
        Assert.Null(parsed.Spec);
        Assert.Contains(says, Assert.Single(parsed.Errors).Problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Aliases_of_what_is_complete_are_read()
    {
        var parsed = RunSpecParser.Parse("method: gmml\ndata: { images: a }\nworkers:\n  min: &two 2\n  max: *two\n");
        Assert.Empty(parsed.Errors);
        Assert.Equal((2, 2), (parsed.Spec!.Workers.Min, parsed.Spec.Workers.Max));
    }

    [Fact]
    public void A_value_that_is_a_thicket_is_an_error_and_no_more()
    {
        var parsed = RunSpecParser.Parse(Least + Tenfold(2) + "probes: [*c, *c]\n? [*a, *b]\n: x\n");
        Assert.Null(parsed.Spec);
        Assert.NotEmpty(parsed.Errors);
    }
}
