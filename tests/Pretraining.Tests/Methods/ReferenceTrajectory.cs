using System.Text.Json;
using Orchestrator.Collectives;
using Orchestrator.Pretraining.Backbones;
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
    private readonly VectorFile inputs;
    private readonly VectorFile expected;
    private readonly TrainingRun run;
    private readonly bool isAsit;

    /// <param name="file">Vector file of the expected values.</param>
    /// <param name="method">Spec word.</param>
    /// <param name="options">Spec text below <c>options:</c>, in braces' inner form.</param>
    /// <param name="shards">V.</param>
    /// <param name="threads">Shard threads.</param>
    /// <param name="maskedMean">global or shard.</param>
    /// <param name="precision">fp32 or bf16.</param>
    public ReferenceTrajectory(
        string file,
        string method,
        string options,
        int shards,
        int threads = 1,
        string maskedMean = "global",
        string precision = "fp32"
    )
    {
        expected = VectorFile.Open(file);
        isAsit = method == "asit";
        inputs = VectorFile.Open(isAsit ? "e2e_asit" : "e2e_image_inputs");
        var backbone = isAsit ? "image: [48, 16], channels: 1" : "image: 32, channels: 3";
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
            precision: {{precision}}
            backbone: { custom: { patch: 8, dim: 24, depth: 3, heads: 2 }, {{backbone}}, dropPath: 0 }
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
            LearningRate = new CosineSchedule(
                Option(method == "contrastive" ? "base_nce" : "base"),
                Option("min_lr"),
                Steps,
                (long)Option("warm") * epochSteps,
                0
            ).At,
            WeightDecay = new CosineSchedule(Option("wd"), Option("wd_end"), Steps).At,
            TeacherMomentum = new CosineSchedule(Option("m"), 1, Steps).At,
            TeacherTemperatureOfEpoch = new LinearWarmup(Option("wt"), Option("tt"), warmupEpochs).At,
            Beta1 = 0.9,
            Beta2 = 0.999,
            Epsilon = 1e-8,
            Clip = clip,
            FrozenPrototypeSteps = (spec.Options.FreezePrototypes ?? 0) * epochSteps,
        };
        Spec = spec;
        run = TrainingRun.Over(
            spec,
            MethodCatalog.Create(spec),
            new VectorShards(inputs, NetworkFactory.Shape(spec.Backbone), Batch / shards),
            schedule,
            threads
        );
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
    public string ReferenceName(string name) =>
        (
            isAsit
                ? name.Replace("clustering.last_layer.", "head_cls.cls_layer.", StringComparison.Ordinal)
                    .Replace("clustering.patch_layer.", "head_cls.data_layer.", StringComparison.Ordinal)
                    .Replace("clustering.", "head_cls.", StringComparison.Ordinal)
                : name.Replace("clustering.", "head.", StringComparison.Ordinal)
        ).Replace("reconstruction.", "head_recons.", StringComparison.Ordinal);

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

    /// <summary>The reference's batches (crop-major images) as shards of patches.</summary>
    private sealed class VectorShards(VectorFile inputs, BackboneShape shape, int microBatch) : IShardSource
    {
        public double Fill(long step, int shard, int thread, ShardViews views)
        {
            var prefix = $"batch{step % 2}.";
            var (clean, corrupted, mask) = (
                inputs.Floats(prefix + "clean"),
                inputs.Floats(prefix + "corrupted"),
                inputs.Floats(prefix + "mask")
            );
            var (patch, channels, area) = (shape.Patch, shape.Channels, shape.Height * shape.Width);
            var masked = 0.0;
            for (var row = 0; row < 2 * microBatch; row++)
            {
                var image = (row / microBatch * Batch) + (shard * microBatch) + (row % microBatch);
                for (var i = 0; i < views.RowLength; i++)
                {
                    var (token, within) = (i / shape.PatchValues, i % shape.PatchValues);
                    var (channel, y, x) = (within / (patch * patch), within / patch % patch, within % patch);
                    var pixel = ((((token / shape.GridWidth) * patch) + y) * shape.Width) + (token % shape.GridWidth * patch) + x;
                    views.CleanValues[(row * views.RowLength) + i] = clean[(((image * channels) + channel) * area) + pixel];
                    if (views.Corrupted is null)
                    {
                        continue;
                    }

                    views.CorruptedValues[(row * views.RowLength) + i] = corrupted[(((image * channels) + channel) * area) + pixel];
                    var isMasked = mask[(image * area) + pixel];
                    views.Mask[(row * views.RowLength) + i] = isMasked;
                    masked += isMasked;
                }
            }

            return masked;
        }
    }
}
