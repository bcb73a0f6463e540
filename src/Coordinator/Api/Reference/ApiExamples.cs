using System.Text.Json;
using Orchestrator.Shared.Api;
using Orchestrator.Shared.Evaluations;
using Orchestrator.Shared.Protocol;
using Orchestrator.Shared.Runs;
using Orchestrator.Shared.Sweeps;

namespace Orchestrator.Coordinator.Api.Reference;

/// <summary>One run in the words of the API: what the reference shows as examples.</summary>
internal static class ApiExamples
{
    public const string RunName = "r-0trap2rce9";
    public const string EvaluationKey = "1000-5f0c1e9a7b3d2468";
    public const string TokenName = "4f2a9c01";
    public const string SweepName = "s-0trap2rcf1";

    public const string SpecYaml = """
        apiVersion: orchestrator/v1
        method: gmml
        name: gmml-fashion
        data: { images: fashion-mnist/train, labels: fashion-mnist/train-labels, holdOut: 1000 }
        budget: { epochs: 20 }
        batch: { size: 64, shards: 4 }
        workers: { min: 1, max: 4, device: cpu }
        backbone: { custom: { patch: 7, dim: 64, depth: 4, heads: 2 }, image: 28, channels: 1 }
        checkpoint: { everySteps: 1000 }
        probes: [ { protocol: knn } ]
        """;

    public const string EvaluationYaml = """
        protocols: [knn, low-shot]
        neighbors: [20]
        """;

    public const string SweepYaml = """
        name: sweep-fashion
        search: asha
        trials: 8
        parallel: 2
        fields:
          optimizer.baseLearningRate: { logUniform: [3e-4, 3e-2] }
        asha: { rungs: [60, 180], eta: 3 }
        spec:
          method: gmml
          data: { images: fashion-mnist/train }
          budget: { steps: 500 }
          batch: { size: 64, shards: 4 }
          backbone: { custom: { patch: 7, dim: 64, depth: 4, heads: 2 }, image: 28, channels: 1 }
        """;

    private const string Weights = "2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae";
    private const string State = "fcde2b2edba56bf408601fb721fe9b5c338d10ee429ea04fae5511b68fbf8fb9";
    private static readonly DateTimeOffset Began = new(2026, 11, 29, 9, 30, 0, TimeSpan.Zero);

    public static RunSpec Spec { get; } = RunSpecParser.Parse(SpecYaml).Spec!;

    public static EvaluationSpec Evaluation { get; } = EvaluationSpecParser.Parse(EvaluationYaml, Spec).Spec!;

    public static RunView Run { get; } =
        new()
        {
            Id = RunName,
            Name = Spec.Name,
            Method = SpecWords.Word(Spec.Method),
            User = "ada",
            Phase = RunPhase.Running,
            Reason = "2 ranks train",
            Step = 1250,
            TotalSteps = 18440,
            Epoch = 1.356,
            Loss = 0.4127,
            SamplesPerSecond = 2140.5,
            WorldSize = 2,
            Generation = 1,
            CreatedAt = Began,
            StartedAt = Began.AddSeconds(2),
        };

    public static RunView PausingRun { get; } = Run with { Phase = RunPhase.Pausing, Reason = "paused by ada", PausedBy = "ada" };

    public static RunChangeRequest Change { get; } =
        new()
        {
            Priority = 5,
            Workers = new WorkerBoundsRequest(1, 4),
            Labels = new SortedDictionary<string, string?>(StringComparer.Ordinal) { ["old"] = null, ["team"] = "vision" },
            Note = "for the deadline",
        };

    public static CloneRequest Clone { get; } =
        new()
        {
            Set = new SortedDictionary<string, string>(StringComparer.Ordinal) { ["optimizer.baseLearningRate"] = "0.001", ["seed"] = "3" },
            Name = "gmml-fashion-seed-3",
        };

    public static SweepView Sweep { get; } =
        new()
        {
            Id = SweepName,
            Name = "sweep-fashion",
            Search = SweepSearch.Asha,
            Metric = "loss",
            Mode = SweepMode.Min,
            Project = "default",
            User = "ada",
            Phase = SweepPhase.Running,
            Reason = "2 of 8 trials train",
            Trials = 8,
            Submitted = 3,
            Completed = 0,
            Stopped = 1,
            Failed = 0,
            CreatedAt = Began,
        };

    public static SweepDocument SweepDocument { get; } =
        JsonSerializer.Deserialize<SweepDocument>(SweepSpecJson.Write(SweepSpecParser.Parse(SweepYaml).Spec!), RunSpecJson.Options)!;

    public static SweepDetailView SweepDetail { get; } =
        new()
        {
            Sweep = Sweep,
            Spec = JsonSerializer.SerializeToElement(
                new
                {
                    name = "sweep-fashion",
                    search = "asha",
                    trials = 8,
                },
                RunSpecJson.Options
            ),
            Rungs = [60, 180],
            Table =
            [
                new TrialView
                {
                    Trial = 0,
                    Run = RunName,
                    Values = new Dictionary<string, JsonElement>(StringComparer.Ordinal)
                    {
                        ["optimizer.baseLearningRate"] = JsonSerializer.SerializeToElement(0.0021),
                    },
                    Phase = RunPhase.Running,
                    Step = 75,
                    Value = 0.71,
                    Rungs = [new RungView(60, 0.73, 1, 2, 1, GoesOn: true)],
                    Decision = "goes on at step 60: place 1 of 2",
                },
            ],
        };

    public static RunView CanceledRun { get; } = Run with { Phase = RunPhase.Canceling, Reason = "canceled by ada" };

    public static RunDetailView Detail { get; } =
        new()
        {
            Run = Run,
            Spec = JsonSerializer.SerializeToElement(Spec, RunSpecJson.Options),
            SpecSha256 = RunSpecJson.Hash(Spec),
            Members =
            [
                new MemberView("lab-3", 0, "cpu", 0, 2, "running", 1250, true, 0.0071),
                new MemberView("lab-4", 1, "cpu", 2, 2, "running", 1250, true, 0.0069),
            ],
            Generations = [new GenerationView(1, Began.AddSeconds(2), "2 workers are idle", 0, ["lab-3", "lab-4"], false, 0)],
            AuditSha256 = Weights,
            FirstLoss = 1.2043,
            LastLoss = 0.4127,
            Recoveries = 0,
            StepsLost = 0,
            CheckpointsRead = 0,
            Checkpoints = [new CheckpointView(1000, $"runs/{RunName}/checkpoints/step-000001000", State, Began.AddSeconds(40))],
        };

    public static StepRowView Row { get; } =
        new(
            1249,
            1.355,
            new Dictionary<string, double?>(StringComparer.Ordinal) { ["loss"] = 0.4127, ["reconstruction"] = 0.4127 },
            0.00298,
            0.871,
            2140.5,
            0.0299,
            new Dictionary<string, double>(StringComparer.Ordinal)
            {
                ["forward"] = 0.0102,
                ["backward"] = 0.0145,
                ["exchange"] = 0.0021,
            },
            1,
            Audit: new AuditRow(Weights, null, null)
        );

    public static RunEventView Event { get; } = new(0, Began, "adopted", "submitted by ada: gmml-fashion, gmml");

    public static string Events { get; } =
        $"""
            id: 1249.0
            event: event
            data: {Line(Event)}

            id: 1249.1
            event: step
            data: {Line(Row)}

            id: 1250.1
            event: run
            data: {Line(Run)}

            : heartbeat

            """;

    public static ArtifactView Artifact { get; } =
        new("encoder.safetensors", 1_048_576, $"/srv/orchestrator/runs/{RunName}/artifacts/encoder.safetensors");

    public static VerificationView Verification { get; } =
        new(
            RunName,
            1200,
            ErrandPhase.Done,
            "lab-3 computed step 1200 again: the same bits",
            new VerificationResult
            {
                Equal = true,
                Compared = ["losses", "samples", "gradient", "weights"],
                Differences = [],
                FromStep = 1000,
                Checkpoint = $"runs/{RunName}/checkpoints/step-000001000",
                Worker = "lab-3",
                Seconds = 5.2,
            }
        );

    public static EvaluationErrandView QueuedEvaluation { get; } =
        new(RunName, EvaluationKey, 1000, ErrandPhase.Queued, "waits for an idle worker");

    public static EvaluationErrandView DoneEvaluation { get; } =
        QueuedEvaluation with
        {
            Phase = ErrandPhase.Done,
            Reason = "knn k=20: 0.842",
            Result = new EvaluationResult
            {
                Spec = Evaluation,
                Step = 1000,
                Digest = State,
                Training = 59000,
                Test = 1000,
                Classes = 10,
                Figures = [new EvaluationFigure(EvaluationProtocol.Knn, "k=20", "accuracy", JudgedFeatures.Pretrained, 0.842, [])],
                Worker = "lab-4",
                Seconds = 21.4,
            },
        };

    public static WorkerView Worker { get; } =
        new(
            "lab-3",
            638_998_000_000_000,
            "training",
            $"rank 0 of {RunName}",
            "cpu",
            4711,
            RunName,
            0,
            1250,
            0.2,
            [],
            "5d41402abc4b2a76",
            "http://10.0.0.13:9464/metrics",
            new Dictionary<string, long>(StringComparer.Ordinal) { ["gradient"] = 73_400_320, ["statistics"] = 40_960 },
            "0.1.0"
        );

    public static TokenRequest TokenRequest { get; } =
        new("ada's laptop", "ada", TokenScope.Researcher, ["vision"], new DateTimeOffset(2027, 1, 31, 0, 0, 0, TimeSpan.Zero));

    public static TokenView Token { get; } =
        new(
            TokenName,
            TokenRequest.Name,
            TokenRequest.User,
            TokenRequest.Scope,
            TokenRequest.Projects!,
            Began,
            "bootstrap",
            TokenRequest.ExpiresAt,
            null,
            Began.AddMinutes(30)
        );

    public static AuditEntryView AuditEntry { get; } = new(17, Began, "ada", TokenName, "POST", "/api/v1/runs", RunName, "10.0.0.21", 201);

    private static string Line<T>(T value) => JsonSerializer.Serialize(value, RunSpecJson.Options);
}
