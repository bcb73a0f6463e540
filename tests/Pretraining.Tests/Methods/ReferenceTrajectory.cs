using System.Text.Json;
using Orchestrator.Collectives;
using Orchestrator.Pretraining.Methods;
using Orchestrator.Pretraining.Optimization;
using Orchestrator.Pretraining.Tests.Reference;
using Orchestrator.Pretraining.Training;
using Orchestrator.Shared.Runs;

namespace Orchestrator.Pretraining.Tests.Methods;

/// <summary>Eight optimizer steps on the reference's own batches and initial weights, through the product's own step.</summary>
internal sealed class ReferenceTrajectory : IDisposable
{
    private const int Batch = 8;
    private const int Steps = 8;
    private readonly VectorFile inputs = VectorFile.Open("e2e_image_inputs");
    private readonly VectorFile expected;
    private readonly TrainingRun run;

    /// <param name="file">Vector file of the expected values.</param>
    /// <param name="method">Spec word.</param>
    /// <param name="options">Spec text below <c>options:</c>, in braces' inner form.</param>
    /// <param name="shards">V.</param>
    /// <param name="threads">Shard threads.</param>
    /// <param name="maskedMean">global or shard.</param>
    public ReferenceTrajectory(string file, string method, string options, int shards, int threads = 1, string maskedMean = "global")
    {
        expected = VectorFile.Open(file);
        var reference = JsonDocument.Parse(inputs.Metadata["options"]).RootElement;
        double Option(string name) => reference.GetProperty(name).GetDouble();
        var spec = Parse(
            $$"""
            method: {{method}}
            data: { images: none }
            budget: { steps: 8 }
            batch: { size: 8, shards: {{shards}} }
            workers: { max: {{shards}} }
            maskedMean: {{maskedMean}}
            backbone: { custom: { patch: 8, dim: 24, depth: 3, heads: 2 }, image: 32, channels: 3, dropPath: 0 }
            options: { {{options}} }
            """
        );
        var epochSteps = (long)Option("niter");
        var clip = method == "gmml" ? Option("clip_gmml") : Option("clip");
        var warmupEpochs = (int)Option("wte");
        var schedule = new RunSchedule
        {
            TotalSteps = Steps,
            StepsPerEpoch = epochSteps,
            BatchSize = Batch,
            MaskedMeanOfShard = spec.MaskedMean == MaskedMean.Shard,
            LearningRate = new CosineSchedule(Option("base"), Option("min_lr"), Steps, (long)Option("warm") * epochSteps, 0).At,
            WeightDecay = new CosineSchedule(Option("wd"), Option("wd_end"), Steps).At,
            TeacherMomentum = new CosineSchedule(Option("m"), 1, Steps).At,
            TeacherTemperatureOfEpoch = new LinearWarmup(Option("wt"), Option("tt"), warmupEpochs).At,
            Beta1 = 0.9,
            Beta2 = 0.999,
            Epsilon = 1e-8,
            Clip = clip,
        };
        Spec = spec;
        run = TrainingRun.Over(spec, MethodCatalog.Create(spec), new VectorShards(inputs, Batch / shards), schedule, threads);
        LoadInitialWeights();
    }

    public RunSpec Spec { get; }

    public TrainingState State => run.State;

    public VectorFile Expected => expected;

    /// <summary>The losses of every step: term by step.</summary>
    public Dictionary<string, double[]> Run()
    {
        using var group = ProcessGroup.Alone(Spec.Batch.Shards);
        var losses = new Dictionary<string, double[]>(StringComparer.Ordinal);
        for (var step = 0; step < Steps; step++)
        {
            foreach (var term in run.Step(group).Losses)
            {
                if (!losses.TryGetValue(term.Name, out var values))
                {
                    losses.Add(term.Name, values = new double[Steps]);
                }

                values[step] = term.Value;
            }
        }

        return losses;
    }

    /// <summary>The reference's name of a tensor.</summary>
    public static string ReferenceName(string name) =>
        name.Replace("clustering.", "head.", StringComparison.Ordinal).Replace("reconstruction.", "head_recons.", StringComparison.Ordinal);

    public void Dispose() => run.Dispose();

    private void LoadInitialWeights()
    {
        foreach (var segment in State.Layout.Segments)
        {
            var values = inputs.Floats("init." + ReferenceName(segment.Name));
            values.CopyTo(State.Student[segment]);
            if (State.Teacher is { } teacher)
            {
                values.CopyTo(teacher[segment]);
            }
        }
    }

    private static RunSpec Parse(string text)
    {
        var result = RunSpecParser.Parse(text);
        return result.Spec ?? throw new InvalidOperationException(string.Join("; ", result.Errors));
    }

    /// <summary>The reference's batches (crop-major images of 32 px) as shards of patches.</summary>
    private sealed class VectorShards(VectorFile inputs, int microBatch) : IShardSource
    {
        private const int Side = 32;
        private const int Patch = 8;
        private const int Channels = 3;

        public double Fill(long step, int shard, int thread, ShardViews views)
        {
            var prefix = $"batch{step % 2}.";
            var (clean, corrupted, mask) = (
                inputs.Floats(prefix + "clean"),
                inputs.Floats(prefix + "corrupted"),
                inputs.Floats(prefix + "mask")
            );
            var masked = 0.0;
            for (var row = 0; row < 2 * microBatch; row++)
            {
                var image = (row / microBatch * Batch) + (shard * microBatch) + (row % microBatch);
                for (var i = 0; i < views.RowLength; i++)
                {
                    var (patch, within) = (i / (Channels * Patch * Patch), i % (Channels * Patch * Patch));
                    var (channel, y, x) = (within / (Patch * Patch), within / Patch % Patch, within % Patch);
                    var pixel = ((((patch / (Side / Patch)) * Patch) + y) * Side) + (patch % (Side / Patch) * Patch) + x;
                    views.CleanValues[(row * views.RowLength) + i] = clean[(((image * Channels) + channel) * Side * Side) + pixel];
                    views.CorruptedValues[(row * views.RowLength) + i] = corrupted[(((image * Channels) + channel) * Side * Side) + pixel];
                    var isMasked = mask[(image * Side * Side) + pixel];
                    views.Mask[(row * views.RowLength) + i] = isMasked;
                    masked += isMasked;
                }
            }

            return masked;
        }
    }
}
