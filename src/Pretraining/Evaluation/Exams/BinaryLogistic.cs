using Orchestrator.Pretraining.Evaluation.Metrics;
using Orchestrator.Pretraining.Evaluation.Probes;

namespace Orchestrator.Pretraining.Evaluation.Exams;

/// <summary>
/// Logistic regression of yes or no, solved and not merely trained for a while: mean log-loss + <see cref="Lambda"/>/(2n) · ‖w‖² with
/// intercept, L-BFGS from zero.
/// </summary>
internal static class BinaryLogistic
{
    /// <summary>Scikit-learn's default, C = 1/λ = 1.</summary>
    public const double Lambda = 1;

    /// <summary>Learns from the training rows and gives each scored row's log-odds of a yes.</summary>
    public static double[] LogOdds(FeatureMatrix training, bool[] labels, FeatureMatrix scored)
    {
        var yes = new LabelMatrix(labels.Length, 1, Array.ConvertAll(labels, label => (sbyte)(label ? 1 : 0)));
        var objective = new SigmoidObjective(training, yes, 0, Lambda);
        var parameters = new double[objective.Parameters];
        Lbfgs.Minimize(objective.Evaluate, parameters, MultiLabelProbe.DefaultSteps, MultiLabelProbe.DefaultTolerance);
        return MultiLabelProbe.Scores(scored, [parameters]).Values.ToArray();
    }
}
