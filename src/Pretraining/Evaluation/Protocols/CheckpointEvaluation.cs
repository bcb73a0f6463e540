using System.Diagnostics;
using Orchestrator.Pretraining.Checkpoints;
using Orchestrator.Pretraining.Data;
using Orchestrator.Pretraining.Evaluation.Exams;
using Orchestrator.Pretraining.Evaluation.FineTuning;
using Orchestrator.Pretraining.Evaluation.Sharing;
using Orchestrator.Pretraining.Methods;
using Orchestrator.Pretraining.Training;
using Orchestrator.Shared.Evaluations;
using Orchestrator.Shared.Runs;

namespace Orchestrator.Pretraining.Evaluation.Protocols;

/// <summary>Judges a checkpoint's encoder as somebody asked for. The figures are a function of spec, evaluation, data and checkpoint.</summary>
public static class CheckpointEvaluation
{
    /// <summary>Computes on threads of its own while the caller's waits, with those workers that share its pieces (<see cref="EvaluationOptions.Pieces"/>).</summary>
    /// <param name="spec">The run's.</param>
    /// <param name="evaluation">Resolved, and checked against the run's spec.</param>
    /// <param name="worker">Who evaluates, for the result.</param>
    /// <param name="progress">Told on any thread.</param>
    /// <exception cref="EvaluationException">The protocols cannot be run on this data: found before anything is computed.</exception>
    /// <exception cref="DataException">Samples, labels or masks cannot be read.</exception>
    /// <exception cref="CheckpointException">The checkpoint is damaged or of another network.</exception>
    /// <exception cref="OperationCanceledException">Or this worker helps, and the evaluation is over.</exception>
    public static EvaluationResult Run(
        RunSpec spec,
        EvaluationSpec evaluation,
        EvaluationOptions options,
        string worker,
        CancellationToken cancellation,
        Action<EvaluationProgress>? progress = null
    )
    {
        using var work = new SharedWork(options.Pieces, options.Reports);
        return Run(spec, evaluation, options, work, worker, progress, cancellation) with { Helpers = work.Helpers };
    }

    private static EvaluationResult Run(
        RunSpec spec,
        EvaluationSpec evaluation,
        EvaluationOptions options,
        SharedWork work,
        string worker,
        Action<EvaluationProgress>? progress,
        CancellationToken cancellation
    )
    {
        if (evaluation.Folds is null)
        {
            return Judge(spec, evaluation, options, work, worker, progress, cancellation);
        }

        var folds = FoldedEvaluation.Folds(spec, evaluation);
        FoldedEvaluation.Check(spec, folds, options, cancellation);
        return FoldedEvaluation.Together(
            evaluation,
            [.. folds.Select(fold => Judge(spec, fold, options, work, worker, progress, cancellation))]
        );
    }

    private static EvaluationResult Judge(
        RunSpec spec,
        EvaluationSpec evaluation,
        EvaluationOptions options,
        SharedWork work,
        string worker,
        Action<EvaluationProgress>? progress,
        CancellationToken cancellation
    )
    {
        var begun = Stopwatch.GetTimestamp();
        using var data = DataSets.Open(options.Data, spec with { Data = evaluation.Data ?? spec.Data });
        // A user of the encoder computes in fp32, so it is judged in fp32, whatever it was trained in.
        var method = MethodCatalog.Create(spec with { Precision = Precision.Fp32 });
        var samples = JudgedSamples.Of(evaluation, data, cancellation);
        using var exams = JudgedExams.Open(spec, evaluation, data, options.Data);
        var features = new FeatureProtocols(spec, evaluation, data, samples, exams, options.Threads);
        using var random = InitialState.Create(spec, method);
        using var trained = random.CreateLike();
        var manifest = CheckpointFolder.Read(options.StorageRoot, options.CheckpointPath, trained);
        var weights = evaluation.Network == EncoderNetwork.Teacher ? trained.Teacher! : trained.Student;
        using var gang = new ShardGang(options.Threads, "evaluation");
        IReadOnlyList<(JudgedFeatures Judged, FlatTensor Weights)> networks = evaluation.Baselines
            ? [(JudgedFeatures.Random, random.Student), (JudgedFeatures.Pretrained, weights)]
            : [(JudgedFeatures.Pretrained, weights)];
        var figures = features.Run(method, [.. networks.Select(network => network.Weights)], work, gang, progress, cancellation).ToList();
        if (evaluation.Finetune is { OfExams: true })
        {
            var suite = new ExamFineTuneSuite(spec, evaluation, options.Threads);
            figures.AddRange(suite.Run(options.Data, networks, work, gang, progress, cancellation));
        }
        else if (evaluation.Finetune is not null)
        {
            var suite = new FineTuneSuite(spec, evaluation, samples, options.Threads);
            figures.AddRange(suite.Run(options.Data, networks, work, gang, progress, cancellation));
        }

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
            Figures = [.. figures.OrderBy(figure => evaluation.Protocols.ToList().IndexOf(figure.Protocol))],
            Worker = worker,
            Seconds = Stopwatch.GetElapsedTime(begun).TotalSeconds,
        };
    }
}
