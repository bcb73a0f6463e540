using System.Text.Json;
using System.Text.Json.Serialization;
using Orchestrator.Shared.Api;
using Orchestrator.Shared.Protocol;

namespace Orchestrator.Worker.Commands;

/// <summary>The step rows of a run without a cluster: one JSON line a step, in a file that survives an interruption and is cut back on resume.</summary>
internal sealed class LossLog : IDisposable
{
    // What is not finite is written as "NaN", "Infinity" or "-Infinity": JSON has no number for it, and the digest needs it back.
    private static readonly JsonSerializerOptions Json = new(JsonSerializerOptions.Web)
    {
        NumberHandling = JsonNumberHandling.AllowReadingFromString | JsonNumberHandling.AllowNamedFloatingPointLiterals,
    };

    private readonly StreamWriter writer;
    private readonly LossDigest digest = new();
    private readonly AuditDigest audit = new();

    private LossLog(StreamWriter writer) => this.writer = writer;

    /// <summary>Of the first step that has a finite one.</summary>
    public double? FirstLoss { get; private set; }

    /// <summary>Of the last step that has a finite one.</summary>
    public double? LastLoss { get; private set; }

    /// <summary>lossesSha256 over all steps so far.</summary>
    public string Sha256 => digest.Hex();

    /// <summary>auditSha256 over all steps so far; null where a row of an older program has no digests.</summary>
    public string? AuditSha256 => audit.Hex();

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

    /// <summary>The row of a step.</summary>
    /// <exception cref="InvalidDataException">It is not there, or cannot be read; says which rows are.</exception>
    public static StepRow Read(string path, long step)
    {
        var line = File.ReadLines(path).ElementAtOrDefault((int)Math.Min(step, int.MaxValue));
        try
        {
            return line is null ? throw new InvalidDataException($"{path} has the rows of steps 0 to {File.ReadLines(path).Count() - 1}")
                : JsonSerializer.Deserialize<StepRow>(line, Json) is { } row && row.Step == step ? row
                : throw new InvalidDataException($"{path}: line {step + 1} is not the row of step {step}");
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"{path}: line {step + 1} is no row of a step: {e.Message}", e);
        }
    }

    public void Add(StepRow row)
    {
        digest.Add(row.Step, row.Losses);
        audit.Add(row.Step, row.Audit);
        if (double.IsFinite(row.Losses[0].Value))
        {
            LastLoss = row.Losses[0].Value;
            FirstLoss ??= LastLoss;
        }

        writer.WriteLine(JsonSerializer.Serialize(row, Json));
    }

    public void Flush() => writer.Flush();

    public void Dispose()
    {
        writer.Dispose();
        digest.Dispose();
        audit.Dispose();
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

            rows.Add(JsonSerializer.Deserialize<StepRow>(line, Json)!);
        }

        return rows;
    }
}
