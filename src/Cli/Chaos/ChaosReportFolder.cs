using System.Text.Json;

namespace Orchestrator.Cli.Chaos;

/// <summary>A folder with one file a schedule, written when it is done: who is interrupted goes on with those that have none.</summary>
public sealed class ChaosReportFolder(string folder)
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerOptions.Web) { WriteIndented = true };

    /// <exception cref="CliException">A file is there that is no report.</exception>
    public ChaosReport? Find(ulong seed)
    {
        var path = PathOf(seed);
        if (!File.Exists(path))
        {
            return null;
        }

        try
        {
            var report = JsonSerializer.Deserialize<ChaosReport>(File.ReadAllText(path), Json);
            return report is { Strikes: not null } && report.Seed == seed ? report : throw new JsonException($"it is not of seed {seed}");
        }
        catch (JsonException e)
        {
            throw CliException.BadInput($"{path} is no report of a schedule", e.Message, "delete it, and the schedule is run again");
        }
    }

    /// <summary>Whole or not at all.</summary>
    public void Keep(ChaosReport report)
    {
        Directory.CreateDirectory(folder);
        var path = PathOf(report.Seed);
        File.WriteAllText(path + ".writing", JsonSerializer.Serialize(report, Json));
        File.Move(path + ".writing", path, overwrite: true);
    }

    private string PathOf(ulong seed) => Path.Combine(folder, $"seed-{seed:D4}.json");
}
