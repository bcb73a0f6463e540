using Orchestrator.Pretraining.Evaluation.Exams;
using Orchestrator.Pretraining.Training;
using Orchestrator.Shared.Randomness;
using Xunit;
using static TorchSharp.torch;

namespace Orchestrator.Pretraining.Tests.Evaluation.Exams;

public sealed class AttentionModelTests
{
    private const int Columns = 6;
    private const double Penalty = 0.01;

    [Fact]
    public void Objective_and_gradient_are_torch_s()
    {
        var (exams, labels) = DrawnExams.Draw(40, Columns, seed: 2);
        var parameters = Parameters();
        var gradient = new double[parameters.Length];
        var batches = PaddedExams.Batches(exams);
        Assert.Equal(2, batches.Count);
        var value = AttentionModel.Evaluate(batches, labels, Penalty, parameters, gradient);

        using var scope = NewDisposeScope();
        var all = tensor(parameters, dtype: float64).requires_grad_();
        var (v, w) = (
            all[..(AttentionPass.Hidden * Columns)].reshape(AttentionPass.Hidden, Columns),
            all[(AttentionPass.Hidden * Columns)..^(Columns + 1)]
        );
        var (u, bias) = (all[^(Columns + 1)..^1], all[^1]);
        var loss = Penalty * all[..^1].square().sum();
        for (var exam = 0; exam < exams.Count; exam++)
        {
            var rows = exams.Features.Select([.. Enumerable.Range(exams.First(exam), exams.CountOf(exam))]);
            var h = tensor(rows.Values.ToArray()).to(float64).reshape(rows.Rows, Columns);
            var weights = h.matmul(v.t()).tanh().matmul(w).softmax(0);
            var odds = weights.matmul(h).matmul(u) + bias;
            loss += nn.functional.softplus(labels[exam] ? -odds : odds) / exams.Count;
        }

        loss.backward();
        Assert.Equal(loss.item<double>(), value, 1e-5);
        Assert.All(all.grad!.data<double>().ToArray(), (expected, i) => Assert.Equal(expected, gradient[i], 1e-5));
        Dispose(batches);
    }

    [Fact]
    public void Padding_changes_neither_scores_nor_gradient()
    {
        var (exams, labels) = DrawnExams.Draw(9, Columns, seed: 3);
        var parameters = Parameters();
        int[] numbers = [.. Enumerable.Range(0, 9)];
        using var pass = new AttentionPass(parameters, Columns);
        using var tight = new PaddedExams(exams, numbers, numbers.Max(exams.CountOf));
        using var wide = new PaddedExams(exams, numbers, 50);
        Assert.Equal(9 * 50, wide.Slices.shape[0]);
        Assert.All(pass.LogOdds(tight).Zip(pass.LogOdds(wide)), pair => Assert.Equal(pair.First, pair.Second, 1e-6));
        var (one, other) = (new double[parameters.Length], new double[parameters.Length]);
        Assert.Equal(pass.AddLoss(tight, labels, one), pass.AddLoss(wide, labels, other), 1e-5);
        Assert.All(one.Zip(other), pair => Assert.Equal(pair.First, pair.Second, 1e-5));
        Assert.Throws<ArgumentOutOfRangeException>(() => new PaddedExams(exams, numbers, numbers.Max(exams.CountOf) - 1));
    }

    [Fact]
    public void Weights_of_padding_are_0_whatever_its_score()
    {
        var weights = new double[4];
        MaskedSoftmax.Of([1, 900, 1, float.NaN], [true, false, true, false], weights);
        Assert.Equal([0.5, 0, 0.5, 0], weights);
    }

    [Fact]
    public void A_fit_is_its_seeds_on_any_thread()
    {
        var (exams, labels) = DrawnExams.Draw(50, Columns, seed: 4, (features, label, slice) => features[slice][0] += label ? 3 : 0);
        var odds = new double[4][];
        using var gang = new ShardGang(2, "attention");
        gang.ForEach(4, (_, i) => odds[i] = AttentionModel.Fit(exams, labels, i == 3 ? 8u : 7u).LogOdds(exams));
        Assert.Equal(odds[0], odds[1]);
        Assert.Equal(odds[0], odds[2]);
        Assert.NotEqual(odds[0], odds[3]);
        Assert.True(DrawnExams.Auc(odds[0], labels) > 0.9, "it does not even tell the exams that it learned from");
    }

    private static double[] Parameters()
    {
        var draws = new float[AttentionPass.Parameters(Columns)];
        new PhiloxStream(6, DrawPurpose.Preflight).FillGaussian(draws);
        return Array.ConvertAll(draws, d => 0.5 * d);
    }

    private static void Dispose(IReadOnlyList<PaddedExams> batches)
    {
        foreach (var batch in batches)
        {
            batch.Dispose();
        }
    }
}
