using System.Text.Json;
using Orchestrator.Shared.Api;
using Orchestrator.Shared.Runs;

namespace Orchestrator.Cli.Tests;

/// <summary>Views as a coordinator would give them of a run r-1 on two workers.</summary>
public static class Views
{
    public static readonly DateTimeOffset Began = new(2026, 5, 1, 12, 0, 0, TimeSpan.Zero);

    public static RunView Run(RunPhase phase = RunPhase.Running, long step = 20, string reason = "2 ranks train") =>
        new()
        {
            Id = "r-1",
            Name = "small",
            Method = "gmml",
            Phase = phase,
            Reason = reason,
            Step = step,
            TotalSteps = 40,
            Epoch = 0.5,
            Loss = 1.25,
            SamplesPerSecond = 800,
            WorldSize = 2,
            Generation = 1,
            CreatedAt = Began,
        };

    public static RunDetailView Detail(RunView? run = null) =>
        new()
        {
            Run = run ?? Run(RunPhase.Completed, 40, "all 40 steps are done"),
            Spec = JsonDocument.Parse("{}").RootElement,
            SpecSha256 = "5bec",
            Members =
            [
                new MemberView("worker-1", 0, "cpu", 0, 2, "Running", 40, true),
                new MemberView("worker-2", 1, "cpu", 2, 2, "Running", 40, false),
            ],
            Generations =
            [
                new GenerationView(1, Began, "start", 0, ["worker-1", "worker-2"], false, 0),
                new GenerationView(2, Began, "worker-2 was lost", 10, ["worker-1"], true, 1),
            ],
            WeightsSha256 = "3e16",
            StateSha256 = "57a7",
            LossesSha256 = "1055",
            FirstLoss = 2,
            LastLoss = 1.25,
            Recoveries = 1,
            StepsLost = 1,
            CheckpointsRead = 0,
            RecoverySeconds = 0.75,
            Evaluation = new EvaluationView
            {
                Protocol = "unaligned",
                Digest = "57a7",
                TrainImages = 9000,
                TestImages = 1000,
                Features = "class-token",
                Knn = new ProbeView(0.5, 0.4, 0.6, null),
                Linear = new ProbeView(0.51, 0.41, 0.61, null),
                Labels1 = new ProbeView(0.2, 0.1, 0.3, 0.05),
                Labels5 = new ProbeView(0.3, 0.2, 0.4, 0.02),
                AlignedPixelsKnn = 0.8,
                AlignedPixelsLinear = 0.81,
                Seconds = 12,
                Worker = "worker-1",
            },
            Checkpoints = [new CheckpointView(40, "runs/r-1/checkpoints/step-000000040", "57a7", Began)],
        };

    public static WorkerView Worker(string name, int process, string state = "idle") =>
        new(
            name,
            1,
            state,
            "waits for a run",
            "cpu",
            process,
            null,
            null,
            0,
            0.2,
            [],
            "f00d",
            "http://127.0.0.1:9/",
            new Dictionary<string, long>(StringComparer.Ordinal) { ["gradient"] = 1000 },
            "0.1.0"
        );

    public static StepRowView Row(long step, double seconds = 0.5) =>
        new(
            step,
            step / 40.0,
            new Dictionary<string, double?>(StringComparer.Ordinal) { ["loss"] = 2 - (step * 0.01) },
            1e-3,
            1,
            800,
            seconds,
            new Dictionary<string, double>(StringComparer.Ordinal),
            1
        );
}
