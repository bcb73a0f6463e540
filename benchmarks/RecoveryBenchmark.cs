using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Orchestrator.Cli.Chaos;

namespace Orchestrator.Benchmarks;

/// <summary>
/// From a worker's SIGKILL to the run's next step, in clusters of real processes that the command line's own <c>demo --chaos</c> starts: <c>[--kills 5]
/// [--schedules 3] [--workers 3] [--json]</c>. A schedule ends with a comparison of its bits to the undisturbed run's.
/// </summary>
internal static class RecoveryBenchmark
{
    private static readonly JsonSerializerOptions Names = new(JsonSerializerDefaults.Web);

    /// <summary>Prints one line; ends with 1 where the bits differ.</summary>
    public static async Task<int> RunAsync(string[] words)
    {
        var given = new BenchmarkWords(words, "--json");
        var (kills, schedules) = (given.Whole("--kills", 1, 100) ?? 5, given.Whole("--schedules", 1, 100) ?? 3);
        var (workers, json) = (given.Whole("--workers", 2, 16) ?? 3, given.Flag("--json"));
        given.End("--kills, --schedules, --workers and --json");
        var reports = await DisturbAsync(workers, schedules, kills);
        var strikes = reports.SelectMany(report => report.Strikes).ToArray();
        var result = new
        {
            workers,
            kills = strikes.Length,
            nextStepSeconds = Spread(strikes.Select(strike => strike.NextStepSeconds)),
            heardSeconds = Spread(strikes.Select(strike => strike.HeardSeconds)),
            formedSeconds = Spread(strikes.Select(strike => strike.FormedSeconds)),
            stepsLost = reports.Sum(report => report.StepsLost),
            checkpointsRead = reports.Sum(report => report.CheckpointsRead),
            sameBits = reports.All(report => report.Same == true),
        };
        Console.WriteLine(
            json
                ? JsonSerializer.Serialize(result, Names)
                : string.Create(
                    CultureInfo.InvariantCulture,
                    $"{result.kills} kills of one of {workers} workers: next step after {Text(result.nextStepSeconds)}, {result.stepsLost} steps lost, {result.checkpointsRead} checkpoints read, {(result.sameBits ? "the same bits" : "OTHER BITS")}"
                )
        );
        return result.sameBits ? 0 : 1;
    }

    private static async Task<ChaosReport[]> DisturbAsync(int workers, int schedules, int kills)
    {
        var root = Root();
        // Built beside this program, with the same configuration.
        var programs = AppContext.BaseDirectory.Replace(
            Path.Combine(root, "benchmarks"),
            Path.Combine(root, "src", "Cli"),
            StringComparison.Ordinal
        );
        string[] demo =
        [
            .. (string[])[Path.Combine(programs, "Orchestrator.Cli.dll"), "demo", "--json", "--data-root", Path.Combine(root, "samples")],
            .. (string[])["--spec", Path.Combine(root, "tests", "EndToEnd.Tests", "Specs", "steady.yaml"), "--pauses", "0"],
            .. (string[])["--workers", $"{workers}", "--chaos", $"1..{schedules}", "--kills", $"{kills}"],
        ];
        using var process = Process.Start(new ProcessStartInfo("dotnet", demo) { RedirectStandardOutput = true, UseShellExecute = false })!;
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        // 1 is a difference of bits, which the reports say too.
        return process.ExitCode > 1 || string.IsNullOrWhiteSpace(output)
            ? throw new InvalidOperationException($"demo --chaos ended with {process.ExitCode}; what it said is above")
            : JsonDocument.Parse(output).RootElement.GetProperty("chaos").Deserialize<ChaosReport[]>(Names)!;
    }

    private static string Root()
    {
        var folder = AppContext.BaseDirectory;
        while (folder is not null && !File.Exists(Path.Combine(folder, "Orchestrator.sln")))
        {
            folder = Path.GetDirectoryName(folder);
        }

        return folder ?? throw new InvalidOperationException($"{AppContext.BaseDirectory} is below no Orchestrator.sln");
    }

    /// <summary>The middle and the longest of what was measured; null where nothing was.</summary>
    private static double[]? Spread(IEnumerable<double?> seconds)
    {
        double[] known = [.. seconds.OfType<double>().Order()];
        return known.Length == 0 ? null : [Math.Round(known[known.Length / 2], 3), Math.Round(known[^1], 3)];
    }

    private static string Text(double[]? spread) =>
        spread is [var median, var most]
            ? string.Create(CultureInfo.InvariantCulture, $"{median:0.00} s (median; {most:0.00} s at most)")
            : "an unknown time";
}
