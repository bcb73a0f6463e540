using Orchestrator.Architecture.Tests.Rules;
using Xunit;

namespace Orchestrator.Architecture.Tests;

/// <summary>Names and sizes.</summary>
public sealed class CodeTests
{
    private static readonly IReadOnlyList<TextFile> Code = [.. Repository.Files("src", ".cs"), .. Repository.Files("tests", ".cs")];

    // The rules' own planted faults are strings in these files.
    private static readonly IReadOnlyList<TextFile> Named =
    [
        .. Code.Where(f => !f.Path.StartsWith("tests/Architecture.Tests/", StringComparison.Ordinal)),
    ];

    [Fact]
    public void No_file_is_too_long() => FileLengthRule.Check(Code).AssertHolds();

    [Fact]
    public void No_name_says_nothing() => NameRule.Check(Named).AssertHolds();

    [Fact]
    public void A_file_that_is_too_long_is_found()
    {
        Assert.Empty(FileLengthRule.Check([Lines(FileLengthRule.MaxLines)]).Problems);
        Assert.NotEmpty(FileLengthRule.Check([Lines(FileLengthRule.MaxLines + 1)]).Problems);
    }

    [Theory]
    [InlineData("src/Worker/Utils/Retry.cs", "sealed class Retry;")]
    [InlineData("src/Worker/Agent/A.cs", "internal static class StringHelpers;")]
    [InlineData("src/Worker/Agent/A.cs", "public sealed record struct RunManager(int A);")]
    [InlineData("src/Worker/Agent/A.cs", "abstract class MethodBase;")]
    [InlineData("src/Worker/Agent/A.cs", "interface ICopyService;")]
    public void A_name_that_says_nothing_is_found(string path, string text) =>
        Assert.NotEmpty(NameRule.Check([new TextFile(path, text)]).Problems);

    [Fact]
    public void A_word_inside_a_name_is_none_of_them() =>
        Assert.Empty(
            NameRule
                .Check([
                    new TextFile(
                        "src/Worker/Agent/A.cs",
                        "// a common base\nsealed record BaseState; class ServiceTarget; class Database1;"
                    ),
                ])
                .Problems
        );

    private static TextFile Lines(int count) => new("src/A/B.cs", string.Concat(Enumerable.Repeat("//\n", count)));
}
