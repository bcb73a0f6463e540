using Orchestrator.Pretraining.Evaluation.Exams;
using Orchestrator.Pretraining.Evaluation.Probes;
using Orchestrator.Pretraining.Evaluation.Protocols;
using Orchestrator.Pretraining.Evaluation.Sharing;
using Orchestrator.Pretraining.Training;
using Orchestrator.Shared.Evaluations;
using Orchestrator.Shared.Randomness;
using Orchestrator.Shared.Runs;
using Xunit;

namespace Orchestrator.Pretraining.Tests.Evaluation.Exams;

/// <summary>Planes and their fusion on features that are drawn: an exam's label is the sign of a + b, its axial slices show a and its coronal ones b.</summary>
public sealed class ExamEvaluationTests
{
    private const int Training = 120;
    private const int Test = 100;
    private const int Columns = 5;
    private static readonly float[] Parts = Draw();

    [Fact]
    public void Planes_that_know_half_each_know_more_together()
    {
        var figures = Run(threads: 1);
        Assert.Equal(
            from plane in new[] { "axial", "coronal", "fused" }
            from pooling in new[] { "mean", "attention" }
            from metric in new[] { "accuracy", "AUC", "sensitivity", "specificity" }
            select (plane + " " + pooling, metric),
            figures.Select(f => (f.Setting, f.Metric))
        );
        foreach (var pooling in new[] { "mean", "attention" })
        {
            double Auc(string plane) => figures.Single(f => f.Setting == $"{plane} {pooling}" && f.Metric == "AUC").Value;
            // Of each alone 0.83 is to be expected, with a standard error of 0.04.
            Assert.InRange(Auc("axial"), 0.7, 0.95);
            Assert.InRange(Auc("coronal"), 0.7, 0.95);
            Assert.InRange(Auc("fused"), Math.Max(Auc("axial"), Auc("coronal")) + 0.03, 1);
        }
    }

    [Fact]
    public void A_plane_that_learns_its_training_exams_by_heart_is_not_trusted()
    {
        // 100 numbers of noise tell 120 training exams apart as well as one likes, and nothing else.
        var figures = Run(threads: 1, (plane, slices) => plane.Plane == SlicePlane.Axial ? Noise(slices) : Features(plane, slices));
        double Auc(string plane) => figures.Single(f => f.Setting == $"{plane} mean" && f.Metric == "AUC").Value;
        Assert.InRange(Auc("axial"), 0.35, 0.65);
        Assert.InRange(Auc("fused"), Auc("coronal") - 0.04, 1);

        static FeatureMatrix Noise(int[] slices)
        {
            var noise = new FeatureMatrix(slices.Length, 100);
            new PhiloxStream(5, DrawPurpose.Preflight, sample: slices[0]).FillGaussian(noise.Values);
            return noise;
        }
    }

    [Fact]
    public void Figures_are_the_same_on_any_number_of_threads()
    {
        var one = Run(threads: 1);
        foreach (var threads in new[] { 2, 3 })
        {
            Assert.Equal(one.Select(Text), Run(threads).Select(Text));
        }

        static string Text(EvaluationFigure f) => $"{f.Setting} {f.Metric} {f.Value:R} {f.Low:R} {f.High:R}";
    }

    [Fact]
    public void What_does_not_fit_into_memory_is_told_before_anything_is_computed()
    {
        using var exams = Exams();
        var evaluation = new ExamEvaluation(Spec(), exams, [JudgedFeatures.Pretrained]);
        evaluation.ThrowIfTooLarge(Columns, threads: 2);
        var problem = Assert.Throws<Orchestrator.Pretraining.Evaluation.EvaluationException>(() =>
            evaluation.ThrowIfTooLarge(numbers: 10_000_000, threads: 2)
        );
        Assert.Contains("give data of fewer exams", problem.Message, StringComparison.Ordinal);
    }

    private static IReadOnlyList<EvaluationFigure> Run(int threads, Func<ExamPlane, int[], FeatureMatrix>? features = null)
    {
        using var exams = Exams();
        using var gang = new ShardGang(threads, "exams");
        var evaluation = new ExamEvaluation(Spec(), exams, [JudgedFeatures.Pretrained]);
        var jobs = 0;
        var figures = evaluation.Run(
            (plane, slices) => [new SampleFeatures((features ?? Features)(plane, slices), null)],
            SharedWork.Alone(),
            gang,
            () => Interlocked.Increment(ref jobs),
            CancellationToken.None
        );
        Assert.Equal(evaluation.Jobs, jobs);
        return figures;
    }

    private static EvaluationSpec Spec() =>
        new()
        {
            Protocols = [EvaluationProtocol.Exams],
            Pooling = [ExamPooling.Mean, ExamPooling.Attention],
            Planes = [SlicePlane.Axial, SlicePlane.Coronal],
            Seed = 1,
        };

    /// <summary>Exam n has 2 axial and 3 coronal slices; coronal ones come in another order.</summary>
    private static JudgedExams Exams()
    {
        ListedExams Plane(int slices, Func<IEnumerable<int>, IEnumerable<int>> order) =>
            new(
                [.. order(Enumerable.Range(0, Training)).Select(n => ($"{n}", slices))],
                [.. order(Enumerable.Range(Training, Test)).Select(n => ($"{n}", slices))],
                (name, _) => LabelOf(int.Parse(name)) ? 1 : 0
            );
        return JudgedExamsTests.Open(Plane(2, n => n), Plane(3, n => n.Reverse()));
    }

    private static FeatureMatrix Features(ExamPlane plane, int[] slices)
    {
        var exams = plane.Data.Exams!;
        var features = new FeatureMatrix(slices.Length, Columns);
        for (var i = 0; i < slices.Length; i++)
        {
            var exam = exams.Last(e => e.First <= slices[i]);
            new PhiloxStream(3, DrawPurpose.Preflight, sample: slices[i], view: (int)plane.Plane).FillGaussian(features[i]);
            features[i][1] = (0.1f * features[i][1]) + Parts[(2 * int.Parse(exam.Name)) + (int)plane.Plane];
        }

        return features;
    }

    private static bool LabelOf(int exam) => Parts[2 * exam] + Parts[(2 * exam) + 1] > 0;

    private static float[] Draw()
    {
        var parts = new float[2 * (Training + Test)];
        new PhiloxStream(2, DrawPurpose.Preflight).FillGaussian(parts);
        return parts;
    }
}
