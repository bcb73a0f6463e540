using Orchestrator.Pretraining.Evaluation.Probes;
using Orchestrator.Pretraining.Evaluation.Protocols;
using Orchestrator.Shared.Evaluations;

namespace Orchestrator.Pretraining.Evaluation.Exams;

/// <summary>Which training exams fine-tuning learns from at one setting of labels.</summary>
/// <param name="Name">Of the setting; null: all exams.</param>
/// <param name="Draws">Numbers of training exams, of each draw.</param>
internal sealed record ExamLabelDraws(string? Name, IReadOnlyList<int[]> Draws)
{
    /// <summary>The settings of an evaluation, every problem found.</summary>
    /// <exception cref="EvaluationException">There are too few exams of a class, to learn from or to fuse planes by.</exception>
    public static IReadOnlyList<ExamLabelDraws> Of(EvaluationSpec evaluation, JudgedExams exams)
    {
        var recipe = evaluation.Finetune!;
        var classes = Array.ConvertAll(exams.TrainingLabels, label => label ? 1 : 0);
        var (settings, problems) = (new List<ExamLabelDraws>(), new List<string>());
        var most = classes.GroupBy(k => k).Min(of => of.Count());
        if (recipe.AllLabels)
        {
            settings.Add(
                new ExamLabelDraws(
                    null,
                    [
                        [.. Enumerable.Range(0, classes.Length)],
                    ]
                )
            );
        }

        foreach (var labels in recipe.Labels)
        {
            if (labels > most)
            {
                problems.Add(
                    $"finetune.labels {labels}: a class has {most} of the {classes.Length} exams to learn from; give {most} or fewer."
                );
                continue;
            }

            settings.Add(Of(LabelSetting.PerClass(labels), draw => LowShotDraw.PerClass(classes, 2, labels, evaluation.Seed, draw)));
        }

        if (recipe.Fraction > 0)
        {
            var share = Of(
                LabelSetting.Share(recipe.Fraction),
                draw => LowShotDraw.Fraction(classes, 2, recipe.Fraction, evaluation.Seed, draw)
            );
            var least = share.Draws[0].GroupBy(exam => classes[exam]).Min(of => of.Count());
            if (exams.Planes.Count > 1 && least < 2)
            {
                problems.Add(
                    $"finetune.fraction {recipe.Fraction} leaves {least} exam of a class and fusing planes needs two or more: give a larger one, or one plane."
                );
            }

            settings.Add(share);
        }

        return problems.Count == 0 ? settings : throw new EvaluationException(string.Join(" ", problems));

        ExamLabelDraws Of(string name, Func<int, int[]> draw) => new(name, [.. Enumerable.Range(0, evaluation.Splits).Select(draw)]);
    }
}
