using Orchestrator.Shared.Runs;

namespace Orchestrator.Benchmarks;

/// <summary>A run's spec, in YAML.</summary>
internal static class BenchmarkSpec
{
    /// <exception cref="BadWordsException">It has errors.</exception>
    public static RunSpec Parse(string document)
    {
        var result = RunSpecParser.Parse(document);
        return result.Spec ?? throw new BadWordsException(string.Join("; ", result.Errors));
    }
}
