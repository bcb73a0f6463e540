using System.Diagnostics;
using Orchestrator.Pretraining.Backbones;
using Orchestrator.Pretraining.Checkpoints;
using Orchestrator.Pretraining.Data;
using Orchestrator.Pretraining.Evaluation.FineTuning;
using Orchestrator.Pretraining.Methods;
using Orchestrator.Pretraining.Training;
using Orchestrator.Pretraining.Views;
using Orchestrator.Shared.Evaluations;
using Orchestrator.Shared.Methods;
using Orchestrator.Shared.Runs;

namespace Orchestrator.Pretraining.Evaluation.Protocols;

/// <summary>Judges a checkpoint's encoder as somebody asked for. The figures are a function of spec, evaluation, data and checkpoint.</summary>
public static class CheckpointEvaluation
{
    /// <summary>Computes on threads of its own while the caller's waits.</summary>
    /// <param name="spec">The run's.</param>
    /// <param name="evaluation">Resolved, and checked against the run's spec.</param>
    /// <param name="worker">Who evaluates, for the result.</param>
    /// <param name="progress">Told on any thread.</param>
    /// <exception cref="EvaluationException">The protocols cannot be run on this data: found before anything is computed.</exception>
    /// <exception cref="DataException">Samples, labels or masks cannot be read.</exception>
    /// <exception cref="CheckpointException">The checkpoint is damaged or of another network.</exception>
    public static EvaluationResult Run(
        RunSpec spec,
        EvaluationSpec evaluation,
        EvaluationOptions options,
        string worker,
        CancellationToken cancellation,
        Action<EvaluationProgress>? progress = null
    )
    {
        if (evaluation.Folds is null)
        {
            return Judge(spec, evaluation, options, worker, progress, cancellation);
        }

        var folds = FoldedEvaluation.Folds(spec, evaluation);
        FoldedEvaluation.Check(spec, folds, options, cancellation);
        return FoldedEvaluation.Together(evaluation, [.. folds.Select(fold => Judge(spec, fold, options, worker, progress, cancellation))]);
    }

    private static EvaluationResult Judge(
        RunSpec spec,
        EvaluationSpec evaluation,
        EvaluationOptions options,
        string worker,
        Action<EvaluationProgress>? progress,
        CancellationToken cancellation
    )
    {
        var begun = Stopwatch.GetTimestamp();
        using var data = DataSets.Open(options.Data, spec with { Data = evaluation.Data ?? spec.Data });
        // A user of the encoder computes in fp32, so it is judged in fp32, whatever it was trained in.
        var method = MethodCatalog.Create(spec with { Precision = Precision.Fp32 });
        var layout = new PatchLayout(data.ViewSize, spec.Backbone.Custom.Patch);
        var (extractor, tokens) = Extractors(evaluation, NetworkFactory.Shape(spec.Backbone), spec.Options);
        var samples = JudgedSamples.Of(evaluation, data, cancellation);
        ThrowIfTooLarge(samples, layout, data.ViewSize.Area, tokens, evaluation.Baselines ? 3 : 1, options.Threads);
        using var random = InitialState.Create(spec, method);
        using var trained = random.CreateLike();
        var manifest = CheckpointFolder.Read(options.StorageRoot, options.CheckpointPath, trained);
        var weights = evaluation.Network == EncoderNetwork.Teacher ? trained.Teacher! : trained.Student;
        using var gang = new ShardGang(options.Threads, "evaluation");
        var figures = new List<EvaluationFigure>();
        if (extractor is not null || tokens is not null)
        {
            using var initial = evaluation.Baselines ? FrozenNetwork.Over(method, random.Student) : null;
            using var network = FrozenNetwork.Over(method, weights);
            IReadOnlyList<VisionTransformer> networks = initial is null ? [network.Backbone] : [initial.Backbone, network.Backbone];
            var pass = new EncoderPass(data, evaluation.View, layout, extractor, tokens);
            var grid = new PatchGrid(layout.Rows, layout.Columns, data.ViewSize.Height, data.ViewSize.Width);
            figures.AddRange(OfFeatures(evaluation, samples, pass, networks, grid, gang, progress, cancellation));
        }

        if (evaluation.Protocols.Contains(EvaluationProtocol.Finetune))
        {
            IReadOnlyList<(JudgedFeatures, FlatTensor)> begins = evaluation.Baselines
                ? [(JudgedFeatures.Random, random.Student), (JudgedFeatures.Pretrained, weights)]
                : [(JudgedFeatures.Pretrained, weights)];
            figures.AddRange(
                new FineTuneSuite(spec, evaluation, samples, options.Threads).Run(options.Data, begins, gang, progress, cancellation)
            );
        }

        return new EvaluationResult
        {
            Spec = evaluation,
            Step = manifest.Step,
            Digest = manifest.Digest,
            Training = samples.Training.Length,
            Test = samples.Test.Length,
            Classes = Math.Max(samples.Classes, samples.PixelClasses),
            Figures = [.. figures.OrderBy(figure => evaluation.Protocols.ToList().IndexOf(figure.Protocol))],
            Worker = worker,
            Seconds = Stopwatch.GetElapsedTime(begun).TotalSeconds,
        };
    }

    /// <summary>The protocols on frozen features.</summary>
    private static IReadOnlyList<EvaluationFigure> OfFeatures(
        EvaluationSpec evaluation,
        JudgedSamples samples,
        EncoderPass pass,
        IReadOnlyList<VisionTransformer> networks,
        PatchGrid grid,
        ShardGang gang,
        Action<EvaluationProgress>? progress,
        CancellationToken cancellation
    )
    {
        var counted = EvaluationProgress.Counter(
            "features",
            EncoderPass.Batches(samples.Training.Length) + EncoderPass.Batches(samples.Test.Length),
            progress
        );
        var training = pass.Run(samples.Training, evaluation.Baselines, networks, gang, counted, cancellation);
        var test = pass.Run(samples.Test, evaluation.Baselines, networks, gang, counted, cancellation);
        JudgedFeatures[] judged = evaluation.Baselines
            ? [JudgedFeatures.Pixels, JudgedFeatures.Random, JudgedFeatures.Pretrained]
            : [JudgedFeatures.Pretrained];
        var suite = new ProtocolSuite(evaluation, samples, grid);
        for (var i = 0; i < judged.Length; i++)
        {
            suite.Add(judged[i], training[i], test[i]);
        }

        return suite.Run(gang, EvaluationProgress.Counter("protocols", suite.Count, progress), cancellation);
    }

    private static (FeatureExtractor?, PatchTokenExtractor?) Extractors(
        EvaluationSpec evaluation,
        BackboneShape shape,
        MethodOptions options
    )
    {
        var ofSamples = evaluation.Protocols.Any(p => p is not (EvaluationProtocol.Segmentation or EvaluationProtocol.Finetune));
        var ofPatches = evaluation.Protocols.Contains(EvaluationProtocol.Segmentation);
        return (
            ofSamples ? new FeatureExtractor(shape, options, evaluation.Features) : null,
            ofPatches ? new PatchTokenExtractor(shape, evaluation.Blocks) : null
        );
    }

    /// <summary>Patches of every kind of features are kept, and each job scales those that it learns from and tests on: half of the memory has to do.</summary>
    private static void ThrowIfTooLarge(
        JudgedSamples samples,
        PatchLayout layout,
        int pixels,
        PatchTokenExtractor? tokens,
        int kinds,
        int threads
    )
    {
        if (tokens is null)
        {
            return;
        }

        var numbers = (long)layout.Count * Math.Max(layout.PatchLength, tokens.Length);
        var (count, larger) = (samples.Training.Length + samples.Test.Length, Math.Max(samples.Training.Length, samples.Test.Length));
        var needed = sizeof(float) * numbers * count * (kinds + Math.Min(threads, kinds));
        var memory = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 2;
        if (needed > memory || larger * Math.Max(numbers, pixels) > Array.MaxLength)
        {
            throw new EvaluationException(
                $"segmentation keeps {layout.Count} patches of {tokens.Length} numbers an image: of {count} images that is {needed / 1e9:F1} GB, where {memory / 1e9:F1} GB and {Array.MaxLength / Math.Max(numbers, pixels)} images on a side are possible; give data of fewer images, or fewer blocks."
            );
        }
    }
}

/// <summary>The patches of a view, and the view, each in rows and columns.</summary>
public sealed record PatchGrid(int Rows, int Columns, int Height, int Width);
