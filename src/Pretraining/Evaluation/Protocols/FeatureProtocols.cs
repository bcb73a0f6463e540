using Orchestrator.Pretraining.Backbones;
using Orchestrator.Pretraining.Data;
using Orchestrator.Pretraining.Evaluation.Exams;
using Orchestrator.Pretraining.Evaluation.Sharing;
using Orchestrator.Pretraining.Methods;
using Orchestrator.Pretraining.Training;
using Orchestrator.Pretraining.Views;
using Orchestrator.Shared.Evaluations;
using Orchestrator.Shared.Methods;
using Orchestrator.Shared.Runs;

namespace Orchestrator.Pretraining.Evaluation.Protocols;

/// <summary>The protocols on frozen features, of samples, of patches and of exams, that an evaluation asks for.</summary>
internal sealed class FeatureProtocols
{
    private readonly EvaluationSpec evaluation;
    private readonly IDataSet data;
    private readonly JudgedSamples samples;
    private readonly PatchLayout layout;
    private readonly FeatureExtractor? extractor;
    private readonly PatchTokenExtractor? tokens;
    private readonly JudgedFeatures[] judged;

    /// <summary>Whether a protocol judges the features of single samples.</summary>
    private readonly bool extractsSamples;
    private readonly ExamEvaluation? byExam;

    /// <param name="spec">The run's.</param>
    /// <param name="evaluation">What is asked for.</param>
    /// <param name="data">Labeled.</param>
    /// <param name="samples">Checked for it.</param>
    /// <param name="exams">Checked for it; null where they are not judged.</param>
    /// <param name="threads">That will compute.</param>
    /// <exception cref="EvaluationException">It would not fit into memory.</exception>
    public FeatureProtocols(RunSpec spec, EvaluationSpec evaluation, IDataSet data, JudgedSamples samples, JudgedExams? exams, int threads)
    {
        (this.evaluation, this.data, this.samples) = (evaluation, data, samples);
        layout = new PatchLayout(data.ViewSize, spec.Backbone.Custom.Patch);
        (extractor, tokens) = Extractors(evaluation, NetworkFactory.Shape(spec.Backbone), spec.Options);
        ThrowIfTooLarge(samples, layout, data.ViewSize.Area, tokens, evaluation.Baselines ? 3 : 1, threads);
        extractsSamples = evaluation.Protocols.Any(p =>
            p is not (EvaluationProtocol.Segmentation or EvaluationProtocol.Finetune or EvaluationProtocol.Exams)
        );
        judged = evaluation.Baselines
            ? [JudgedFeatures.Pixels, JudgedFeatures.Random, JudgedFeatures.Pretrained]
            : [JudgedFeatures.Pretrained];
        byExam =
            exams is null || !evaluation.Protocols.Contains(EvaluationProtocol.Exams)
                ? null
                : new ExamEvaluation(evaluation, exams, judged);
        byExam?.ThrowIfTooLarge(
            evaluation.Baselines ? Math.Max(extractor!.Length, new PixelFeatures(data.ViewSize).Length) : extractor!.Length,
            threads
        );
    }

    /// <param name="method">Whose networks they are.</param>
    /// <param name="weights">Of the network as initialized, where baselines are wanted, and of the pretrained one.</param>
    /// <param name="work">With whom it is shared.</param>
    /// <param name="gang">Computes.</param>
    public IReadOnlyList<EvaluationFigure> Run(
        IPretrainingMethod method,
        IReadOnlyList<FlatTensor> weights,
        SharedWork work,
        ShardGang gang,
        Action<EvaluationProgress>? progress,
        CancellationToken cancellation
    )
    {
        if (extractor is null && tokens is null)
        {
            return [];
        }

        var networks = weights.Select(w => FrozenNetwork.Over(method, w)).ToList();
        try
        {
            return Run([.. networks.Select(network => network.Backbone)], work, gang, progress, cancellation);
        }
        finally
        {
            networks.ForEach(network => network.Dispose());
        }
    }

    private IReadOnlyList<EvaluationFigure> Run(
        IReadOnlyList<VisionTransformer> networks,
        SharedWork work,
        ShardGang gang,
        Action<EvaluationProgress>? progress,
        CancellationToken cancellation
    )
    {
        // Exams have slices of their own, and fine-tuning reads no features.
        var (learned, tested) = extractsSamples || tokens is not null ? (samples.Training, samples.Test) : ([], []);
        var counted = EvaluationProgress.Counter(
            "features",
            EncoderPass.Batches(learned.Length) + EncoderPass.Batches(tested.Length) + (byExam?.Batches ?? 0),
            progress
        );
        var pass = new EncoderPass(data, evaluation.View, layout, extractor, tokens);
        var training = pass.Run(learned, evaluation.Baselines, networks, work, gang, counted, cancellation);
        var test = pass.Run(tested, evaluation.Baselines, networks, work, gang, counted, cancellation);
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
        var figures = suite.Run(work, gang, done, cancellation);
        var ofExams = byExam?.Run(
            (plane, slices) =>
                new EncoderPass(plane.Data, evaluation.View, layout, extractor, null).Run(
                    slices,
                    evaluation.Baselines,
                    networks,
                    work,
                    gang,
                    counted,
                    cancellation
                ),
            work,
            gang,
            done,
            cancellation
        );
        return [.. figures, .. ofExams ?? []];
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
