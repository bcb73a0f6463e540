namespace Orchestrator.Benchmarks.Coordinator;

/// <summary>What the coordinator is to bear.</summary>
/// <param name="Workers">Simulated, each with a heartbeat a second.</param>
/// <param name="Runs">Stored before anything is measured.</param>
/// <param name="Seconds">How long is measured.</param>
/// <param name="State">The coordinator's folder; what it holds already is kept and counts. Null: a temporary one.</param>
/// <param name="Program">The coordinator's assembly; the repository's own, where none is named.</param>
/// <param name="Json">One line of JSON instead of a table.</param>
internal sealed record LoadSettings(int Workers, int Runs, int Seconds, string? State, string Program, bool Json)
{
    private const int LeastWorkers = 20;
    private const int MostWorkers = 10_000;
    private const int MostRuns = 1_000_000;

    /// <exception cref="BadWordsException">An argument is unknown, or its value is not what it must be.</exception>
    public static LoadSettings Parse(IReadOnlyList<string> words)
    {
        var given = new BenchmarkWords(words, "--json");
        var settings = new LoadSettings(
            given.Whole("--workers", LeastWorkers, MostWorkers) ?? 1000,
            given.Whole("--runs", 1, MostRuns) ?? 10_000,
            given.Whole("--seconds", 1, 3600) ?? 30,
            given.Text("--state") is { } state ? Path.GetFullPath(state) : null,
            given.Text("--program") is { } program ? Path.GetFullPath(program) : BuiltProgram.Of("Coordinator"),
            given.Flag("--json")
        );
        given.End("--workers, --runs, --seconds, --state, --program and --json");
        return File.Exists(settings.Program)
            ? settings
            : throw new BadWordsException(
                $"--program {settings.Program}: no such file; build the coordinator: dotnet build -c Release src/Coordinator"
            );
    }
}
