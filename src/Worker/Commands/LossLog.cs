using System.Text.Json;
using Orchestrator.Shared.Api;
using Orchestrator.Shared.Protocol;

namespace Orchestrator.Worker.Commands;

/// <summary>The step rows of a run without a cluster: one JSON line a step, in a file that survives an interruption and is cut back on resume.</summary>
internal sealed class LossLog : IDisposable
{
    private readonly StreamWriter writer;
    private readonly LossDigest digest = new();

    private LossLog(StreamWriter writer) => this.writer = writer;

    public double? FirstLoss { get; private set; }
    public double? LastLoss { get; private set; }

    /// <summary>lossesSha256 over all steps so far.</summary>
    public string Sha256 => digest.Hex();

    /// <summary>Opens the log and keeps the rows of the first steps.</summary>
    /// <exception cref="InvalidDataException">Rows of those steps are missing.</exception>
    public static LossLog Open(string path, long completedSteps)
    {
        var kept = completedSteps == 0 || !File.Exists(path) ? [] : Kept(path, completedSteps);
        if (kept.Count != completedSteps)
        {
            throw new InvalidDataException($"{path} has the rows of {kept.Count} steps, the checkpoint is of step {completedSteps}");
        }

        var log = new LossLog(new StreamWriter(path, append: false));
        kept.ForEach(log.Add);
        return log;
    }

    public void Add(StepRow row)
    {
        digest.Add(row.Step, row.Losses);
        LastLoss = row.Losses[0].Value;
        FirstLoss ??= LastLoss;
        writer.WriteLine(JsonSerializer.Serialize(row, JsonSerializerOptions.Web));
    }

    public void Flush() => writer.Flush();

    public void Dispose()
    {
        writer.Dispose();
        digest.Dispose();
    }

    private static List<StepRow> Kept(string path, long completedSteps)
    {
        var rows = new List<StepRow>();
        foreach (var line in File.ReadLines(path))
        {
            // A line that was cut off can only be behind the checkpoint: the log is flushed before it.
            if (rows.Count == completedSteps)
            {
                break;
            }

            rows.Add(JsonSerializer.Deserialize<StepRow>(line, JsonSerializerOptions.Web)!);
        }

        return rows;
    }
}
