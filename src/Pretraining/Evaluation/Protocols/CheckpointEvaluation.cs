using System.Diagnostics;
using Orchestrator.Pretraining.Backbones;
using Orchestrator.Pretraining.Checkpoints;
using Orchestrator.Pretraining.Data;
using Orchestrator.Pretraining.Evaluation.Exams;
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
        var begun = Stopwatch.GetTimestamp();
        using var data = DataSets.Open(options.Data, spec with { Data = evaluation.Data ?? spec.Data });
        // A user of the encoder computes in fp32, so it is judged in fp32, whatever it was trained in.
        var method = MethodCatalog.Create(spec with { Precision = Precision.Fp32 });
        var shape = NetworkFactory.Shape(spec.Backbone);
        var layout = new PatchLayout(data.ViewSize, spec.Backbone.Custom.Patch);
        var (extractor, tokens) = Extractors(evaluation, shape, spec.Options);
        var samples = JudgedSamples.Of(evaluation, data, cancellation);
        using var exams = JudgedExams.Open(spec, evaluation, data, options.Data);
        ThrowIfTooLarge(samples, layout, data.ViewSize.Area, tokens, evaluation.Baselines ? 3 : 1, options.Threads);
        JudgedFeatures[] judged = evaluation.Baselines
            ? [JudgedFeatures.Pixels, JudgedFeatures.Random, JudgedFeatures.Pretrained]
            : [JudgedFeatures.Pretrained];
        var byExam = exams is null ? null : new ExamEvaluation(evaluation, exams, judged);
        byExam?.ThrowIfTooLarge(Math.Max(extractor!.Length, new PixelFeatures(data.ViewSize).Length), options.Threads);
        using var random = InitialState.Create(spec, method);
        using var trained = random.CreateLike();
        var manifest = CheckpointFolder.Read(options.StorageRoot, options.CheckpointPath, trained);
        using var gang = new ShardGang(options.Threads, "evaluation");
        using var initial = evaluation.Baselines ? FrozenNetwork.Over(method, random.Student) : null;
        using var network = FrozenNetwork.Over(method, evaluation.Network == EncoderNetwork.Teacher ? trained.Teacher! : trained.Student);
        var pass = new EncoderPass(data, evaluation.View, layout, extractor, tokens);
        IReadOnlyList<VisionTransformer> networks = initial is null ? [network.Backbone] : [initial.Backbone, network.Backbone];
        var counted = EvaluationProgress.Counter(
            "features",
            EncoderPass.Batches(samples.Training.Length) + EncoderPass.Batches(samples.Test.Length) + (byExam?.Batches ?? 0),
            progress
        );
        var training = pass.Run(samples.Training, evaluation.Baselines, networks, gang, counted, cancellation);
        var test = pass.Run(samples.Test, evaluation.Baselines, networks, gang, counted, cancellation);
        var suite = new ProtocolSuite(
            evaluation,
            samples,
            new PatchGrid(layout.Rows, layout.Columns, data.ViewSize.Height, data.ViewSize.Width)
        );
        for (var i = 0; i < judged.Length; i++)
        {
            suite.Add(judged[i], training[i], test[i]);
        }

        var done = EvaluationProgress.Counter("protocols", suite.Count + (byExam?.Jobs ?? 0), progress);
        var figures = suite.Run(gang, done, cancellation);
        var ofExams = byExam?.Run(
            (plane, slices) =>
                new EncoderPass(plane.Data, evaluation.View, layout, extractor, null).Run(
                    slices,
                    evaluation.Baselines,
                    networks,
                    gang,
                    counted,
                    cancellation
                ),
            gang,
            done,
            cancellation
        );
        var (learned, tested) =
            samples.Training.Length > 0 || exams is null ? (samples.Training.Length, samples.Test.Length) : exams.Slices;
        return new EvaluationResult
        {
            Spec = evaluation,
            Step = manifest.Step,
            Digest = manifest.Digest,
            Training = learned,
            Test = tested,
            Classes = Math.Max(Math.Max(samples.Classes, samples.PixelClasses), exams is null ? 0 : 2),
            Exams = exams?.Counts,
            Figures = [.. figures.Concat(ofExams ?? []).OrderBy(figure => evaluation.Protocols.ToList().IndexOf(figure.Protocol))],
            Worker = worker,
            Seconds = Stopwatch.GetElapsedTime(begun).TotalSeconds,
        };
    }

    private static (FeatureExtractor?, PatchTokenExtractor?) Extractors(
        EvaluationSpec evaluation,
        BackboneShape shape,
        MethodOptions options
    )
    {
        var ofSamples = evaluation.Protocols.Any(p => p != EvaluationProtocol.Segmentation);
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
