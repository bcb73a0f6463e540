using System.Buffers.Binary;
using Orchestrator.Pretraining.Checkpoints;
using Orchestrator.Pretraining.Data.Storage;
using Orchestrator.Pretraining.Evaluation;
using Orchestrator.Pretraining.Evaluation.Protocols;
using Orchestrator.Pretraining.Evaluation.Sharing;
using Orchestrator.Pretraining.Methods;
using Orchestrator.Pretraining.Training;
using Orchestrator.Shared.Evaluations;
using Orchestrator.Shared.Randomness;
using Orchestrator.Shared.Runs;
using SkiaSharp;
using Xunit;

namespace Orchestrator.Pretraining.Tests.Evaluation;

/// <summary>A run so small that its evaluation takes a moment: 8 × 8 pixels, three classes, in a folder of its own.</summary>
internal sealed class TinyRun : IDisposable
{
    public const int Images = 170;
    public const int HoldOut = 50;
    private const int Side = 8;
    private readonly string folder = Directory.CreateTempSubdirectory("evaluation-").FullName;

    public TinyRun()
    {
        Directory.CreateDirectory(Path.Combine(folder, "data"));
        Directory.CreateDirectory(Path.Combine(folder, "storage"));
        WriteImages();
    }

    public string Storage => Path.Combine(folder, "storage");

    public string Data => Path.Combine(folder, "data");

    public static RunSpec Spec(
        MethodName method,
        string probes = "[{protocol: knn}, {protocol: linear}, {protocol: low-shot}]",
        string labels = "labels"
    )
    {
        var clustering = method == MethodName.MimClustering ? ", prototypes: 16, head: {hidden: 16, bottleneck: 8}" : "";
        var result = RunSpecParser.Parse(
            $$$"""
            method: {{{SpecWords.Word(method)}}}
            seed: 3
            data: {images: images, labels: {{{labels}}}, holdOut: {{{HoldOut}}} }
            budget: {steps: 10}
            batch: {size: 16, shards: 4}
            backbone: {custom: {patch: 4, dim: 16, depth: 2, heads: 2}, image: 8, channels: 1}
            options: {corruption: {block: [0.25, 0.6]}, augmentation: {normalization: {mean: 0.3, deviation: 0.4}}{{{clustering}}} }
            probes: {{{probes}}}
            """
        );
        Assert.True(result.IsValid, string.Join("; ", result.Errors));
        return result.Spec!;
    }

    public EvaluationOptions Options(string artifacts, int threads = 1) =>
        new(new DataLocation(Path.Combine(folder, "data")), Storage, "checkpoint", artifacts, "r-1", threads);

    /// <summary>Writes a checkpoint of the initial state, changed where asked.</summary>
    /// <returns>The state that was written; the caller disposes it.</returns>
    public TrainingState WriteCheckpoint(RunSpec spec, Action<TrainingState>? change = null)
    {
        var state = InitialState.Create(spec, MethodCatalog.Create(spec));
        change?.Invoke(state);
        state.SetStep(10, 1);
        CheckpointFolder.Write(Storage, "checkpoint", state, spec, "r-1", 1);
        return state;
    }

    /// <summary>Judges the checkpoint that was written.</summary>
    /// <param name="data">Root of the data; null: this run's.</param>
    public EvaluationResult Judge(
        RunSpec spec,
        string document,
        int threads = 1,
        PieceFolder? pieces = null,
        string? data = null,
        Action<EvaluationProgress>? progress = null,
        CancellationToken cancellation = default
    )
    {
        var parsed = EvaluationSpecParser.Parse(document, spec);
        Assert.True(parsed.Spec is not null, string.Join("; ", parsed.Errors));
        var options = Options("none", threads) with { Pieces = pieces, Data = new DataLocation(data ?? Data) };
        return CheckpointEvaluation.Run(spec, parsed.Spec, options, pieces?.Worker ?? "w", cancellation, progress);
    }

    /// <summary>Judges it by several workers at once, each with so many threads, who share their pieces.</summary>
    public Task<EvaluationResult[]> JudgeTogether(
        RunSpec spec,
        string document,
        string pieces,
        params (string Worker, int Threads)[] workers
    )
    {
        new PieceFolder(pieces, workers[0].Worker).Open();
        return Task.WhenAll(
            workers.Select(worker =>
                Task.Factory.StartNew(
                    () => Judge(spec, document, worker.Threads, new PieceFolder(pieces, worker.Worker)),
                    CancellationToken.None,
                    TaskCreationOptions.LongRunning,
                    TaskScheduler.Default
                )
            )
        );
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);

    /// <summary>Images of the same three classes in a folder with a table that says which fold (a, b, …) each is of.</summary>
    public static void WriteFolds(string folder, int folds, int each)
    {
        Directory.CreateDirectory(folder);
        var stream = new PhiloxStream(11, DrawPurpose.Preflight);
        var table = new List<string> { "path,label,fold" };
        for (var i = 0; i < folds * each; i++)
        {
            using var image = new SKBitmap(Side, Side, SKColorType.Gray8, SKAlphaType.Opaque);
            for (var pixel = 0; pixel < Side * Side; pixel++)
            {
                var value = (byte)(stream.NextInt32(60) + (pixel / Side / 2 == i % 3 ? 150 : 0));
                image.SetPixel(pixel % Side, pixel / Side, new SKColor(value, value, value));
            }

            var name = $"{i:000}.png";
            File.WriteAllBytes(Path.Combine(folder, name), image.Encode(SKEncodedImageFormat.Png, 100).ToArray());
            table.Add($"{name},{i % 3},{(char)('a' + (i / each))}");
        }

        File.WriteAllLines(Path.Combine(folder, "table.csv"), table);
    }

    /// <summary>Class k is a bright bar of rows 2k and 2k + 1 at a random place, on noise.</summary>
    private void WriteImages()
    {
        var stream = new PhiloxStream(9, DrawPurpose.Preflight);
        var images = new byte[16 + (Images * Side * Side)];
        var labels = new byte[8 + Images];
        BinaryPrimitives.WriteInt32BigEndian(images, 0x803);
        BinaryPrimitives.WriteInt32BigEndian(images.AsSpan(4), Images);
        BinaryPrimitives.WriteInt32BigEndian(images.AsSpan(8), Side);
        BinaryPrimitives.WriteInt32BigEndian(images.AsSpan(12), Side);
        BinaryPrimitives.WriteInt32BigEndian(labels, 0x801);
        BinaryPrimitives.WriteInt32BigEndian(labels.AsSpan(4), Images);
        for (var i = 0; i < Images; i++)
        {
            labels[8 + i] = (byte)(i % 3);
            for (var pixel = 0; pixel < Side * Side; pixel++)
            {
                var bright = pixel / Side / 2 == i % 3;
                images[16 + (i * Side * Side) + pixel] = (byte)(stream.NextInt32(60) + (bright ? 150 : 0));
            }
        }

        File.WriteAllBytes(Path.Combine(folder, "data", "images"), images);
        File.WriteAllBytes(Path.Combine(folder, "data", "labels"), labels);
    }
}
