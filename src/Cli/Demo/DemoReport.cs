using System.Text.Json;
using Orchestrator.Cli.Chaos;
using Orchestrator.Shared.Api;

namespace Orchestrator.Cli.Demo;

/// <summary>What <c>demo --json</c> prints (docs/cli.md explains each key); nulls are written.</summary>
public sealed record DemoReport
{
    private static readonly JsonSerializerOptions Json = new() { PropertyNamingPolicy = JsonNamingPolicy.CamelCase };

    public required string Run { get; init; }

    /// <summary>The run's phase at its end: completed, failed or canceled.</summary>
    public required string State { get; init; }
    public required long Steps { get; init; }

    /// <summary>Ranks of the first generation that this demo's run had.</summary>
    public required int Workers { get; init; }
    public required double? FirstLoss { get; init; }
    public required double? LastLoss { get; init; }
    public required string? LossesSha256 { get; init; }
    public required string? WeightsSha256 { get; init; }
    public required string? StateSha256 { get; init; }

    /// <summary>Batch size over the mean time of a step.</summary>
    public required double? SamplesPerSecond { get; init; }

    /// <summary>From the start of this process.</summary>
    public required double Seconds { get; init; }
    public required DemoProbes? Probes { get; init; }

    /// <summary>Path of the safetensors file.</summary>
    public required string? Encoder { get; init; }

    /// <summary>Path of the picture.</summary>
    public required string? Reconstruction { get; init; }
    public required int Recoveries { get; init; }
    public required long StepsLost { get; init; }
    public required int CheckpointsRead { get; init; }

    /// <summary>Process ids by worker.</summary>
    public required DemoPids Pids { get; init; }
    public required double? RecoverySeconds { get; init; }

    /// <summary>Bytes sent, by worker and frame kind.</summary>
    public required IReadOnlyDictionary<string, IReadOnlyDictionary<string, long>> BytesByWorker { get; init; }

    /// <summary>With <c>--chaos</c>: for each seed the faults, and the undisturbed run beside; else null. The rest is of the last run.</summary>
    public IReadOnlyList<ChaosReport>? Chaos { get; init; }

    public static DemoReport Of(
        RunDetailView detail,
        IReadOnlyList<StepRowView> rows,
        int batch,
        WorkerListView before,
        WorkerListView after,
        TimeSpan elapsed
    ) =>
        new()
        {
            Run = detail.Run.Id,
            State = detail.Run.Phase.ToString().ToLowerInvariant(),
            Steps = detail.Run.Step,
            Workers = detail.Generations.Count == 0 ? detail.Run.WorldSize : detail.Generations.MinBy(g => g.Number)!.Workers.Count,
            FirstLoss = detail.FirstLoss,
            LastLoss = detail.LastLoss,
            LossesSha256 = detail.LossesSha256,
            WeightsSha256 = detail.WeightsSha256,
            StateSha256 = detail.StateSha256,
            SamplesPerSecond = rows.Sum(r => r.Seconds) is > 0 and var seconds ? Math.Round(batch * rows.Count / seconds, 1) : null,
            Seconds = Math.Round(elapsed.TotalSeconds, 2),
            Probes = detail.Evaluation is { } evaluation ? DemoProbes.Of(evaluation) : null,
            Encoder = null,
            Reconstruction = null,
            Recoveries = detail.Recoveries,
            StepsLost = detail.StepsLost,
            CheckpointsRead = detail.CheckpointsRead,
            Pids = new DemoPids(Alive(before), Alive(after)),
            RecoverySeconds = detail.RecoverySeconds,
            BytesByWorker = after
                .Workers.OrderBy(w => w.WorkerId, StringComparer.Ordinal)
                .ToDictionary(w => w.WorkerId, w => w.BytesSent, StringComparer.Ordinal),
        };

    public string ToJson() => JsonSerializer.Serialize(this, Json);

    /// <summary>Who is connected, by name.</summary>
    private static Dictionary<string, int> Alive(WorkerListView list) =>
        list
            .Workers.Where(w => w.State != "lost")
            .OrderBy(w => w.WorkerId, StringComparer.Ordinal)
            .ToDictionary(w => w.WorkerId, w => w.ProcessId, StringComparer.Ordinal);
}

/// <param name="Before">When the run was submitted.</param>
/// <param name="After">When it had ended.</param>
public sealed record DemoPids(IReadOnlyDictionary<string, int> Before, IReadOnlyDictionary<string, int> After);

/// <summary>Accuracies 0–1; a probe that the spec does not ask for is null.</summary>
public sealed record DemoProbes(string Protocol, DemoProbe? Knn, DemoProbe? Linear, DemoProbe? Labels1, DemoProbe? Labels5)
{
    /// <summary>Null when nothing was measured.</summary>
    public static DemoProbes? Of(EvaluationView evaluation) =>
        evaluation is { Knn: null, Linear: null, Labels1: null, Labels5: null }
            ? null
            : new(
                evaluation.Protocol,
                DemoProbe.Of(evaluation.Knn),
                DemoProbe.Of(evaluation.Linear),
                DemoProbe.Of(evaluation.Labels1),
                DemoProbe.Of(evaluation.Labels5)
            );
}

public sealed record DemoProbe(double Pixels, double Random, double Pretrained)
{
    public static DemoProbe? Of(ProbeView? probe) => probe is null ? null : new(probe.Pixels, probe.Random, probe.Pretrained);
}
