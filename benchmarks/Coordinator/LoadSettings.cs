using System.Globalization;

namespace Orchestrator.Benchmarks.Coordinator;

/// <summary>What the coordinator is to bear.</summary>
/// <param name="Workers">Simulated, each with a heartbeat a second.</param>
/// <param name="Runs">Stored before anything is measured.</param>
/// <param name="Seconds">How long is measured.</param>
/// <param name="State">The coordinator's folder; what it holds already is kept and counts. Null: a temporary one.</param>
/// <param name="Program">The coordinator's assembly.</param>
/// <param name="Json">One line of JSON instead of a table.</param>
internal sealed record LoadSettings(int Workers, int Runs, int Seconds, string? State, string Program, bool Json)
{
    private const int LeastWorkers = 20;
    private const int MostWorkers = 10_000;
    private const int MostRuns = 1_000_000;

    /// <summary>The settings, or what is wrong with the arguments.</summary>
    public static (LoadSettings? Settings, string? Problem) Read(IReadOnlyList<string> arguments)
    {
        var settings = new LoadSettings(1000, 10_000, 30, null, BuiltProgram(), false);
        for (var i = 0; i < arguments.Count; i++)
        {
            var name = arguments[i];
            if (name == "--json")
            {
                settings = settings with { Json = true };
                continue;
            }

            if (i + 1 == arguments.Count)
            {
                return (null, $"{name}: needs a value, or is no option");
            }

            var value = arguments[++i];
            switch (name)
            {
                case "--workers" when Number(value, LeastWorkers, MostWorkers) is { } workers:
                    settings = settings with { Workers = workers };
                    break;
                case "--runs" when Number(value, 1, MostRuns) is { } runs:
                    settings = settings with { Runs = runs };
                    break;
                case "--seconds" when Number(value, 1, 3600) is { } seconds:
                    settings = settings with { Seconds = seconds };
                    break;
                case "--state":
                    settings = settings with { State = Path.GetFullPath(value) };
                    break;
                case "--program":
                    settings = settings with { Program = Path.GetFullPath(value) };
                    break;
                default:
                    return (
                        null,
                        $"{name} {value}: must be --workers {LeastWorkers}–{MostWorkers}, --runs 1–{MostRuns}, --seconds 1–3600, --state DIR or --program DLL"
                    );
            }
        }

        return File.Exists(settings.Program)
            ? (settings, null)
            : (null, $"--program {settings.Program}: no such file; build the coordinator: dotnet build -c Release src/Coordinator");
    }

    private static int? Number(string text, int least, int most) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most
            ? number
            : null;

    /// <summary>The repository's own, of this program's configuration: benchmarks/bin/Release/net10.0[/RID] and src/Coordinator/bin/Release/net10.0.</summary>
    private static string BuiltProgram()
    {
        var framework = new DirectoryInfo(Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory));
        while (framework.Parent is { } above && !framework.Name.StartsWith("net", StringComparison.Ordinal))
        {
            framework = above;
        }

        var root = framework.Parent?.Parent?.Parent?.Parent?.FullName ?? framework.FullName;
        return Path.Combine(
            root,
            "src",
            "Coordinator",
            "bin",
            framework.Parent?.Name ?? "",
            framework.Name,
            "Orchestrator.Coordinator.dll"
        );
    }
}
