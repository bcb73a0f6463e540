using System.Numerics.Tensors;
using Orchestrator.Pretraining.Evaluation.Probes;
using Orchestrator.Shared.Randomness;

namespace Orchestrator.Pretraining.Evaluation.Exams;

/// <summary>
/// Attention pooling over slices with a linear head (Ilse, Tomczak and Welling 2018, attention-based deep multiple instance learning,
/// equations 7 and 8): mean log-loss over exams + λ/(2n) · (‖V‖² + ‖w‖² + ‖u‖²), L-BFGS on all exams at once. V begins with
/// counted normal draws of variance 1/d, all else with zeros: that is mean pooling, from which attention departs. The authors train by Adam, an exam a
/// step; <see cref="Steps"/> line searches here end the fit early, for the objective is not convex and its minimum no better judge.
/// </summary>
internal sealed class AttentionModel
{
    /// <summary>Line searches at most.</summary>
    public const int Steps = 100;

    private const double Tolerance = 1e-6;
    private readonly double[] fitted;
    private readonly int inputs;

    private AttentionModel(double[] fitted, int inputs) => (this.fitted, this.inputs) = (fitted, inputs);

    /// <summary>Learns from all exams.</summary>
    /// <param name="training">With scaled features.</param>
    /// <param name="labels">Of each exam.</param>
    /// <param name="seed">Of the initial weights.</param>
    public static AttentionModel Fit(ExamSlices training, bool[] labels, ulong seed)
    {
        var parameters = Initial(training.Features.Columns, seed);
        var batches = PaddedExams.Batches(training);
        try
        {
            var penalty = BinaryLogistic.Lambda / (2 * training.Count);
            Lbfgs.Minimize((at, gradient) => Evaluate(batches, labels, penalty, at, gradient), parameters, Steps, Tolerance);
        }
        finally
        {
            Dispose(batches);
        }

        return new AttentionModel(parameters, training.Features.Columns);
    }

    /// <summary>Of each exam.</summary>
    public double[] LogOdds(ExamSlices exams)
    {
        var odds = new double[exams.Count];
        var batches = PaddedExams.Batches(exams);
        try
        {
            using var pass = new AttentionPass(fitted, inputs);
            foreach (var batch in batches)
            {
                foreach (var (exam, value) in batch.Numbers.Zip(pass.LogOdds(batch)))
                {
                    odds[exam] = value;
                }
            }
        }
        finally
        {
            Dispose(batches);
        }

        return odds;
    }

    /// <summary>The objective; its gradient overwrites <paramref name="gradient"/>.</summary>
    /// <param name="penalty">Factor of the squared norm of all parameters but the bias.</param>
    internal static double Evaluate(
        IReadOnlyList<PaddedExams> batches,
        bool[] labels,
        double penalty,
        ReadOnlySpan<double> parameters,
        Span<double> gradient
    )
    {
        gradient.Clear();
        var sum = 0.0;
        using (var pass = new AttentionPass(parameters, (int)batches[0].Slices.shape[1]))
        {
            foreach (var batch in batches)
            {
                sum += pass.AddLoss(batch, labels, gradient);
            }
        }

        TensorPrimitives.Divide(gradient, labels.Length, gradient);
        TensorPrimitives.MultiplyAdd(parameters[..^1], 2 * penalty, gradient[..^1], gradient[..^1]);
        return (sum / labels.Length) + (penalty * TensorPrimitives.SumOfSquares(parameters[..^1]));
    }

    private static double[] Initial(int inputs, ulong seed)
    {
        var parameters = new double[AttentionPass.Parameters(inputs)];
        var draws = new float[AttentionPass.Hidden * inputs];
        new PhiloxStream(seed, DrawPurpose.SliceAttention).FillGaussian(draws);
        var deviation = Math.Sqrt(1.0 / inputs);
        for (var i = 0; i < draws.Length; i++)
        {
            parameters[i] = deviation * draws[i];
        }

        return parameters;
    }

    private static void Dispose(IReadOnlyList<PaddedExams> batches)
    {
        foreach (var batch in batches)
        {
            batch.Dispose();
        }
    }
}
