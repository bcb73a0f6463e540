namespace Orchestrator.Architecture.Tests.Rules;

/// <summary>A file that one cannot read in one go is two files.</summary>
public static class FileLengthRule
{
    public const int MaxLines = 500;

    /// <param name="sources">Code.</param>
    public static Checked Check(IReadOnlyList<TextFile> sources) =>
        Checked.Each(
            sources,
            file =>
                file.Text.AsSpan().TrimEnd('\n').Count('\n') + 1 is var lines && lines > MaxLines
                    ? $"{file.Path}: {lines} lines; at most {MaxLines}"
                    : null
        );
}
