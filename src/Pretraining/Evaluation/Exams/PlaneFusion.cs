using Orchestrator.Pretraining.Evaluation.Probes;

namespace Orchestrator.Pretraining.Evaluation.Exams;

/// <summary>
/// One score an exam of its planes' scores, by logistic regression. It learns from scores out of fold: a model's scores of the exams that it learned from
/// would tell nothing of how far its plane is to be trusted.
/// </summary>
internal static class PlaneFusion
{
    /// <summary>Each test exam's log-odds of a yes.</summary>
    /// <param name="planes">Of the same exams.</param>
    /// <param name="labels">Of the training exams.</param>
    public static double[] LogOdds(IReadOnlyList<ExamScores> planes, bool[] labels) =>
        BinaryLogistic.LogOdds(Columns([.. planes.Select(p => p.OutOfFold)]), labels, Columns([.. planes.Select(p => p.Test)]));

    private static FeatureMatrix Columns(double[][] planes)
    {
        var columns = new FeatureMatrix(planes[0].Length, planes.Length);
        for (var exam = 0; exam < columns.Rows; exam++)
        {
            for (var plane = 0; plane < planes.Length; plane++)
            {
                columns[exam][plane] = (float)planes[plane][exam];
            }
        }

        return columns;
    }
}

/// <summary>What one plane says of exams, as log-odds of a yes.</summary>
/// <param name="Test">Of each test exam, by a model of all training exams.</param>
/// <param name="OutOfFold">Of each training exam, by a model of the other folds; empty where nothing is fused.</param>
internal sealed record ExamScores(double[] Test, double[] OutOfFold)
{
    /// <param name="odds">What the model of all training exams says of the test exams, then what each fold's says of its exams.</param>
    /// <param name="folds">Numbers of the training exams of each; none where nothing is fused.</param>
    public static ExamScores Of(double[][] odds, int[][] folds)
    {
        var outOfFold = new double[folds.Sum(fold => fold.Length)];
        foreach (var (fold, ofFold) in folds.Zip(odds[1..]))
        {
            for (var i = 0; i < fold.Length; i++)
            {
                outOfFold[fold[i]] = ofFold[i];
            }
        }

        return new ExamScores(odds[0], outOfFold);
    }
}
