using Orchestrator.Pretraining.Evaluation.Protocols;
using Orchestrator.Pretraining.Evaluation.Sharing;
using Orchestrator.Pretraining.Training;
using Orchestrator.Shared.Evaluations;
using Orchestrator.Shared.Runs;

namespace Orchestrator.Pretraining.Evaluation.Exams;

/// <summary>
/// Judges features by what they tell of exams: in each plane by each pooling, and fused over planes. Planes come one after another, so that
/// the features of one alone are kept. Each fit runs on one thread of one worker, several side by side: which does not show in its figures.
/// </summary>
/// <param name="spec">Resolved, with the protocol exams.</param>
/// <param name="exams">Checked for it.</param>
/// <param name="judged">Kinds of features, in the order in which they are read.</param>
internal sealed class ExamEvaluation(EvaluationSpec spec, JudgedExams exams, IReadOnlyList<JudgedFeatures> judged)
{
    private readonly IReadOnlyList<ExamPooling> poolings = spec.Pooling ?? [];
    private readonly int[][] folds = exams.Planes.Count > 1 ? ExamFolds.Of(exams.TrainingLabels, spec.Seed) : [];

    /// <summary>Batches of slices to read.</summary>
    public int Batches =>
        exams.Planes.Sum(plane =>
            EncoderPass.Batches(plane.Training.Sum(exam => exam.Count)) + EncoderPass.Batches(plane.Test.Sum(exam => exam.Count))
        );

    /// <summary>Fits, and settings to be judged.</summary>
    public int Jobs => (exams.Planes.Count * Fits) + (judged.Count * poolings.Count * Settings);

    /// <summary>In one plane.</summary>
    private int Fits => judged.Count * poolings.Count * (1 + folds.Length);

    /// <summary>Of one pooling: the planes, and all fused.</summary>
    private int Settings => exams.Planes.Count + (folds.Length > 0 ? 1 : 0);

    /// <summary>The features of a plane are kept, and each fit copies those that it learns from up to three times: half of the memory has to do.</summary>
    /// <param name="numbers">Of a slice's feature.</param>
    public void ThrowIfTooLarge(int numbers, int threads)
    {
        var slices = exams.Planes.Max(plane => plane.Training.Concat(plane.Test).Sum(exam => (long)exam.Count));
        var needed = sizeof(float) * slices * numbers * (judged.Count + (3 * Math.Min(threads, Fits)));
        var memory = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 2;
        if (needed > memory || slices * numbers > Array.MaxLength)
        {
            throw new EvaluationException(
                $"exams keeps {numbers} numbers of each of {slices} slices of a plane, and copies for each of {threads} threads: {needed / 1e9:F1} GB, where {memory / 1e9:F1} GB and {Array.MaxLength / numbers} slices are possible; give data of fewer exams, or features class-token or mean-token."
            );
        }
    }

    /// <summary>Reads the features and judges them; figures stand in the order of features, planes and poolings.</summary>
    /// <param name="features">Of slices of a plane: each kind that is judged, in their order.</param>
    /// <param name="work">With whom fits are shared.</param>
    /// <param name="jobDone">Told after each, on any thread.</param>
    public IReadOnlyList<EvaluationFigure> Run(
        Func<ExamPlane, int[], IReadOnlyList<SampleFeatures>> features,
        SharedWork work,
        ShardGang gang,
        Action jobDone,
        CancellationToken cancellation
    )
    {
        var scores = new List<ExamScores[]>();
        foreach (var plane in exams.Planes)
        {
            var training = features(plane, ExamPlane.Slices(plane.Training));
            var test = features(plane, ExamPlane.Slices(plane.Test));
            scores.Add(
                Scores(
                    [.. training.Select(f => new ExamSlices(f.Samples!, [.. plane.Training.Select(exam => exam.Count)]))],
                    [.. test.Select(f => new ExamSlices(f.Samples!, [.. plane.Test.Select(exam => exam.Count)]))],
                    work,
                    gang,
                    jobDone,
                    cancellation
                )
            );
        }

        return Figures(scores, work, gang, jobDone, cancellation);
    }

    /// <summary>Of one plane: of each kind of features each pooling.</summary>
    private ExamScores[] Scores(
        IReadOnlyList<ExamSlices> training,
        IReadOnlyList<ExamSlices> test,
        SharedWork work,
        ShardGang gang,
        Action jobDone,
        CancellationToken cancellation
    )
    {
        var each = 1 + folds.Length;
        var odds = new ResultStage<double[]>(
            Fits,
            (_, i) =>
            {
                var (kind, pooling) = (i / each / poolings.Count, poolings[i / each % poolings.Count]);
                return i % each == 0
                    ? Whole(pooling, training[kind], test[kind])
                    : OutOfFold(pooling, training[kind], folds[(i % each) - 1]);
            },
            jobDone
        );
        work.Run("exam-fits", odds, gang, cancellation);
        return [.. odds.Results.Chunk(each).Select(ofOne => ExamScores.Of(ofOne, folds))];
    }

    private double[] Whole(ExamPooling pooling, ExamSlices training, ExamSlices test) =>
        ExamProbe.LogOdds(pooling, training, exams.TrainingLabels, test, spec.Seed);

    /// <summary>Of the fold's exams, by a model of the others.</summary>
    private double[] OutOfFold(ExamPooling pooling, ExamSlices training, int[] fold)
    {
        int[] others = [.. Enumerable.Range(0, training.Count).Except(fold)];
        var labels = Array.ConvertAll(others, exam => exams.TrainingLabels[exam]);
        return ExamProbe.LogOdds(pooling, training.Select(others), labels, training.Select(fold), spec.Seed);
    }

    private IReadOnlyList<EvaluationFigure> Figures(
        List<ExamScores[]> planes,
        SharedWork work,
        ShardGang gang,
        Action jobDone,
        CancellationToken cancellation
    )
    {
        var figures = new ResultStage<IReadOnlyList<EvaluationFigure>>(
            judged.Count * Settings * poolings.Count,
            (_, i) =>
            {
                var (kind, setting, pooling) = (i / poolings.Count / Settings, i / poolings.Count % Settings, i % poolings.Count);
                var ofPlanes = planes.ConvertAll(plane => plane[(kind * poolings.Count) + pooling]);
                var odds = setting < planes.Count ? ofPlanes[setting].Test : PlaneFusion.LogOdds(ofPlanes, exams.TrainingLabels);
                var name = setting < planes.Count ? SpecWords.Word(exams.Planes[setting].Plane) : "fused";
                return
                [
                    .. ExamFigures.Of(
                        EvaluationProtocol.Exams,
                        $"{name} {SpecWords.Word(poolings[pooling])}",
                        judged[kind],
                        odds,
                        exams.TestLabels,
                        spec.Seed
                    ),
                ];
            },
            jobDone
        );
        work.Run("exam-figures", figures, gang, cancellation);
        return [.. figures.Results.SelectMany(f => f)];
    }
}
