using Orchestrator.Pretraining.Data;
using Orchestrator.Pretraining.Evaluation.Exams;
using Orchestrator.Shared.Evaluations;
using Orchestrator.Shared.Runs;

namespace Orchestrator.Pretraining.Evaluation.Protocols;

/// <summary>Cross-validation over splits that the data names (ESC-50's folds): each is held out in its turn, and a figure is the mean over them.</summary>
internal static class FoldedEvaluation
{
    /// <summary>One evaluation a fold.</summary>
    public static IReadOnlyList<EvaluationSpec> Folds(RunSpec spec, EvaluationSpec evaluation) =>
        [
            .. evaluation.Folds!.Select(fold =>
                evaluation with
                {
                    Folds = null,
                    Data = (evaluation.Data ?? spec.Data) with { HoldOut = 0, HoldOutSplit = fold },
                }
            ),
        ];

    /// <summary>What the last fold lacks is found before the first is computed.</summary>
    /// <exception cref="EvaluationException">A fold does not fit the protocols.</exception>
    public static void Check(RunSpec spec, IReadOnlyList<EvaluationSpec> folds, EvaluationOptions options, CancellationToken cancellation)
    {
        foreach (var fold in folds)
        {
            try
            {
                using var data = DataSets.Open(options.Data, spec with { Data = fold.Data! });
                JudgedSamples.Of(fold, data, cancellation);
                using var exams = JudgedExams.Open(spec, fold, data, options.Data);
            }
            catch (EvaluationException exception)
            {
                throw new EvaluationException($"fold {fold.Data!.HoldOutSplit}: {exception.Message}");
            }
        }
    }

    /// <summary>The figures that every fold has: means over the folds, whose values stand as draws.</summary>
    public static EvaluationResult Together(EvaluationSpec evaluation, IReadOnlyList<EvaluationResult> folds) =>
        folds[0] with
        {
            Spec = evaluation,
            Training = folds.Max(fold => fold.Training),
            Test = folds.Sum(fold => fold.Test),
            Classes = folds.Max(fold => fold.Classes),
            Exams = folds[0].Exams is null
                ? null
                : new ExamCounts(folds.Max(fold => fold.Exams!.Training), folds.Sum(fold => fold.Exams!.Test)),
            Seconds = folds.Sum(fold => fold.Seconds),
            Figures =
            [
                .. folds
                    .SelectMany(fold => fold.Figures)
                    .GroupBy(figure => (figure.Protocol, figure.Setting, figure.Metric, figure.Network))
                    .Where(each => each.Count() == folds.Count)
                    .Select(each =>
                        each.First() with
                        {
                            Value = each.Average(figure => figure.Value),
                            Draws = [.. each.Select(figure => figure.Value)],
                            // Of one fold's exams.
                            Low = null,
                            High = null,
                        }
                    ),
            ],
        };
}
