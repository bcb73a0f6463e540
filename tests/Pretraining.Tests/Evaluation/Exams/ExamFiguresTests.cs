using Orchestrator.Pretraining.Evaluation.Exams;
using Orchestrator.Pretraining.Evaluation.Metrics;
using Orchestrator.Shared.Evaluations;
using Orchestrator.Shared.Randomness;
using Xunit;

namespace Orchestrator.Pretraining.Tests.Evaluation.Exams;

public sealed class ExamFiguresTests
{
    [Fact]
    public void Four_figures_by_hand_with_the_threshold_at_even_odds()
    {
        // Yes: 2 of 3 above 0. No: 1 of 2. Pairs in order: (2, −1), (2, 1), (0.5, −1), and none of −3.
        var figures = ExamFigures
            .Of(EvaluationProtocol.Exams, "axial mean", JudgedFeatures.Random, [2, 0.5, -3, -1, 1], [true, true, true, false, false], 0)
            .ToList();
        Assert.Equal(["accuracy", "AUC", "sensitivity", "specificity"], figures.Select(f => f.Metric));
        Assert.Equal([3.0 / 5, 3.0 / 6, 2.0 / 3, 1.0 / 2], figures.Select(f => f.Value));
        Assert.All(
            figures,
            f => Assert.Equal((EvaluationProtocol.Exams, "axial mean", JudgedFeatures.Random), (f.Protocol, f.Setting, f.Network))
        );
        Assert.All(figures, f => Assert.Empty(f.Draws));
    }

    [Fact]
    public void Intervals_are_of_resampled_exams_narrower_for_more_of_them_and_their_seeds()
    {
        var (few, many) = (Figures(30), Figures(480));
        for (var i = 0; i < few.Count; i++)
        {
            Assert.InRange(few[i].Value, few[i].Low!.Value, few[i].High!.Value);
            var narrower = (few[i].High!.Value - few[i].Low!.Value) / (many[i].High!.Value - many[i].Low!.Value);
            // √16 = 4, but for chance.
            Assert.InRange(narrower, 2.5, 6);
        }

        var (odds, labels) = Draw(30);
        var direct = BootstrapInterval.Of(
            30,
            units =>
            {
                var drawn = units.ToArray();
                return RocAuc.Of(Array.ConvertAll(drawn, unit => odds[unit]), Array.ConvertAll(drawn, unit => labels[unit]));
            },
            seed: 5
        );
        Assert.Equal((direct.Low, direct.High), (few[1].Low, few[1].High));
        Assert.NotEqual(
            few[1].Low,
            ExamFigures.Of(EvaluationProtocol.Exams, "", JudgedFeatures.Pixels, odds, labels, seed: 6).ElementAt(1).Low
        );
    }

    private static List<EvaluationFigure> Figures(int exams)
    {
        var (odds, labels) = Draw(exams);
        return [.. ExamFigures.Of(EvaluationProtocol.Exams, "", JudgedFeatures.Pixels, odds, labels, seed: 5)];
    }

    private static (double[] Odds, bool[] Labels) Draw(int exams)
    {
        var stream = new PhiloxStream(7, DrawPurpose.Preflight);
        var (odds, labels) = (new double[exams], new bool[exams]);
        for (var i = 0; i < exams; i++)
        {
            labels[i] = i % 2 == 0;
            odds[i] = stream.NextGaussian() + (labels[i] ? 0.5 : -0.5);
        }

        return (odds, labels);
    }
}
