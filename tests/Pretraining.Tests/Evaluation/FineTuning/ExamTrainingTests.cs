using Orchestrator.Pretraining.Data;
using Orchestrator.Pretraining.Evaluation.Exams;
using Orchestrator.Pretraining.Evaluation.FineTuning;
using Orchestrator.Pretraining.Methods;
using Orchestrator.Pretraining.Tests.Evaluation.Exams;
using Orchestrator.Shared.Evaluations;
using Orchestrator.Shared.Runs;
using Xunit;

namespace Orchestrator.Pretraining.Tests.Evaluation.FineTuning;

public sealed class ExamTrainingTests
{
    [Fact]
    public void No_training_sees_an_exam_that_it_scores_and_each_is_scored_once_by_a_fold()
    {
        var plane = Plane([.. Enumerable.Range(0, 20).Select(i => 2 + (i % 5))]);
        int[] learned = [.. Enumerable.Range(0, 20).Where(i => i % 3 != 0)];
        var labels = Array.ConvertAll(learned, exam => exam % 2 == 0);
        var folds = ExamFolds.Of(labels, seed: 4);
        var trainings = ExamTraining.Of(plane, learned, folds).ToList();
        Assert.Equal(1 + ExamFolds.Most, trainings.Count);
        Assert.Equal(plane.Test, trainings[0].Scored);
        Assert.Equal(learned, trainings[0].Learned);
        Assert.All(trainings, t => Assert.Empty(t.Learned.Select(exam => plane.Training[exam]).Intersect(t.Scored)));
        Assert.Equal(
            learned.Select(exam => plane.Training[exam].Name).Order(),
            trainings[1..].SelectMany(t => t.Scored).Select(e => e.Name).Order()
        );
        Assert.All(
            trainings[1..].Zip(folds),
            each => Assert.Equal(learned.Order(), each.First.Learned.Concat(each.Second.Select(place => learned[place])).Order())
        );
    }

    [Fact]
    public void A_step_sees_slices_of_the_learned_exams_alone_in_their_order_and_pads_the_short_ones()
    {
        int[] counts = [2, 9, 4, 3, 7, 12];
        var seen = new SeenSlices();
        var plane = Plane(counts, seen);
        int[] learned = [0, 1, 2, 4];
        var labels = new[] { true, false, true, false, false, true };
        var shards = new ExamShards(Spec(), Recipe(), plane, learned, labels, threads: 1);
        using var views = new ShardViews(new ViewGroup(4, 0, new ImageSize(4, 4, 1), 4, false), 2, null, shards.Targets);
        var drawn = new HashSet<string>();
        for (var step = 0L; step < 40; step++)
        {
            seen.Samples.Clear();
            shards.Fill(step, (int)(step % 2), 0, views);
            for (var i = 0; i < 2; i++)
            {
                var exam = learned[views.Turns[i].Sample % learned.Length];
                var first = plane.Training[exam].First;
                var rows = Enumerable.Range(0, 4).Select(place => (place * 2) + i).ToList();
                var isSlice = rows.ConvertAll(row => views.Targets[(row * ExamShards.Numbers) + ExamShards.IsSlice] > 0);
                Assert.Equal(Enumerable.Range(0, 4).Select(place => place < counts[exam]), isSlice);
                Assert.All(
                    rows,
                    row => Assert.Equal(labels[exam] ? 0.95f : 0.05f, views.Targets[(row * ExamShards.Numbers) + ExamShards.Label], 1e-6f)
                );
                // A view is the number of its sample.
                var slices = rows.ConvertAll(row => (int)views.CleanValues[row * views.RowLength]);
                var real = slices.Where((_, place) => isSlice[place]).ToList();
                Assert.Equal(real.Distinct().Order(), real);
                Assert.All(real, sample => Assert.InRange(sample - first, 0, counts[exam] - 1));
                Assert.All(slices.Where((_, place) => !isSlice[place]), value => Assert.Equal(0, value));
                drawn.Add(string.Join(',', real));
            }

            Assert.All(
                seen.Samples,
                sample => Assert.Contains(learned, exam => plane.Training[exam] is var e && sample >= e.First && sample < e.First + e.Count)
            );
        }

        Assert.True(drawn.Count > 20, $"{drawn.Count} choices of slices in 80");
    }

    private static ExamPlane Plane(int[] counts, SeenSlices? seen = null)
    {
        var exams = new List<Exam>();
        var first = 1;
        foreach (var (i, count) in counts.Index())
        {
            exams.Add(new Exam($"e{i}", first, count));
            first += count;
        }

        IDataSet data = seen is null ? new ListedExams([], [], null) : seen;
        return new ExamPlane(SlicePlane.Axial, data, exams, [new Exam("t", first, 3)]);
    }

    private static FineTuneSpec Recipe() => Parsed().Evaluation.Finetune! with { LabelSmoothing = 0.1 };

    private static RunSpec Spec() => FineTuneRunSpec.Of(Parsed().Run, Parsed().Evaluation, 7);

    private static (RunSpec Run, EvaluationSpec Evaluation) Parsed()
    {
        var run = RunSpecParser.Parse(
            "{ method: gmml, data: { volumes: v, layout: mrnet, labels: torn, plane: axial, holdOutSplit: valid }, budget: { steps: 9 }, batch: { size: 4, shards: 2 }, workers: { max: 2 }, backbone: { custom: { patch: 4, dim: 8, depth: 1, heads: 1 }, image: 4, channels: 1 }, options: { corruption: { block: [0.3, 0.6] }, augmentation: { normalization: { mean: 0, deviation: 1 } } } }"
        );
        Assert.Empty(run.Errors);
        var evaluation = EvaluationSpecParser.Parse(
            "{ protocols: finetune, finetune: { preset: exams, slices: 4, batch: { size: 4, shards: 2 } } }",
            run.Spec!
        );
        Assert.Empty(evaluation.Errors);
        return (run.Spec!, evaluation.Spec!);
    }

    /// <summary>Slices whose pixels are their numbers.</summary>
    private sealed class SeenSlices : IDataSet, IViewRenderer
    {
        public List<long> Samples { get; } = [];

        public int Count => 100;

        public int PretrainingCount => 90;

        public IReadOnlyList<int>? Labels => null;

        public IReadOnlyList<string>? ClassNames => null;

        public IReadOnlyList<int>? GroupStarts => null;

        public string Fingerprint => "";

        public ImageSize ViewSize => new(4, 4, 1);

        public IViewRenderer CreateRenderer() => this;

        public void Render(long sample, ulong seed, long epoch, long draw, int views, Span<float> destination, int locals = 0)
        {
            Samples.Add(sample);
            destination.Fill(sample);
        }

        public void RenderProbe(long sample, Span<float> aligned, Span<float> unaligned) => throw new NotSupportedException();

        public void RenderAligned(long sample, Span<float> destination) => throw new NotSupportedException();

        public void Dispose() { }
    }
}
