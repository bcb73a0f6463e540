using Orchestrator.Pretraining.Data;
using Orchestrator.Pretraining.Data.Storage;
using Orchestrator.Pretraining.Evaluation.Exams;
using Orchestrator.Pretraining.Evaluation.Sharing;
using Orchestrator.Pretraining.Training;
using Orchestrator.Pretraining.Views;
using Orchestrator.Shared.Evaluations;
using Orchestrator.Shared.Runs;

namespace Orchestrator.Pretraining.Evaluation.FineTuning;

/// <summary>
/// The protocol <c>finetune</c> of exams: in each plane and with each pooling a network is trained from the pretrained one and, as a baseline, from the one as
/// initialized, on the training exams. Where planes are fused, further ones are trained without the exams of each fold, and fusing learns from their scores of those:
/// no network has seen an exam that it scores. A training is one worker's; several workers train side by side.
/// </summary>
/// <param name="run">Whose network is judged.</param>
/// <param name="evaluation">With a recipe for exams.</param>
/// <param name="threads">That compute.</param>
public sealed class ExamFineTuneSuite(RunSpec run, EvaluationSpec evaluation, int threads)
{
    private readonly FineTuneSpec recipe = evaluation.Finetune!;
    private readonly IReadOnlyList<ExamPooling> poolings = evaluation.Pooling!;

    /// <param name="location">Where this machine finds data.</param>
    /// <param name="networks">Whose weights trainings begin with.</param>
    /// <param name="work">With whom trainings are shared.</param>
    /// <param name="gang">Computes scores.</param>
    /// <returns>In the order of settings, networks, planes and poolings.</returns>
    /// <exception cref="EvaluationException">A training diverges.</exception>
    public IReadOnlyList<EvaluationFigure> Run(
        DataLocation location,
        IReadOnlyList<(JudgedFeatures Judged, FlatTensor Weights)> networks,
        SharedWork work,
        ShardGang gang,
        Action<EvaluationProgress>? progress,
        CancellationToken cancellation
    )
    {
        var spec = FineTuneRunSpec.Of(run, evaluation, evaluation.Seed);
        using var data = DataSets.Open(location, spec);
        using var exams = JudgedExams.Open(spec, evaluation, data, location)!;
        Subject[] subjects =
        [
            .. from setting in exams.LabelDraws
            from network in networks
            from draw in Enumerable.Range(0, setting.Draws.Count)
            select new Subject(
                setting.Name,
                network.Judged,
                network.Weights,
                draw,
                setting.Draws[draw],
                Folds(exams, setting.Draws[draw], draw)
            ),
        ];
        Part[] parts =
        [
            .. from subject in subjects
            from plane in exams.Planes
            from pooling in poolings
            from training in ExamTraining.Of(plane, subject.Learned, subject.Folds)
            select new Part(subject, plane, pooling, training),
        ];
        var total = parts.Sum(part => FineTuneTraining.Steps(spec, part.Training.Learned.Length));
        var counted = EvaluationProgress.Counter("finetune", (int)Math.Min(total, int.MaxValue), progress);
        var odds = new ResultStage<double[]>(parts.Length, (_, i) => LogOdds(parts[i], exams, gang, counted, cancellation));
        work.Run("finetune-exams", odds, null, cancellation);
        var scores = parts.Zip(odds.Results).ToLookup(each => each.First.Subject, each => each.Second);
        return
        [
            .. subjects
                .GroupBy(subject => (subject.Setting, subject.Judged))
                .SelectMany(draws => Together([.. draws.Select(subject => Figures(subject, exams, scores[subject]))])),
        ];
    }

    private int[][] Folds(JudgedExams exams, int[] learned, int draw) =>
        exams.Planes.Count > 1
            ? ExamFolds.Of(Array.ConvertAll(learned, exam => exams.TrainingLabels[exam]), evaluation.Seed + (ulong)draw)
            : [];

    /// <summary>Trains one network, and asks it of the exams that it is to score.</summary>
    private double[] LogOdds(Part part, JudgedExams exams, ShardGang gang, Action stepDone, CancellationToken cancellation)
    {
        var spec = FineTuneRunSpec.Of(run, evaluation, evaluation.Seed + (ulong)part.Subject.Draw);
        var method = new ExamMethod(spec, recipe, FineTuneRunSpec.ReadsPatches(run, evaluation), part.Pooling);
        var patches = new PatchLayout(part.Plane.Data.ViewSize, run.Backbone.Custom.Patch);
        return new FineTuneTraining(run, recipe, threads).Run(
            spec,
            part.Subject.Weights,
            method,
            new ExamShards(spec, recipe, part.Plane, part.Training.Learned, exams.TrainingLabels, threads),
            stepDone,
            trained => ExamLogOdds.Of(method, trained, part.Plane.Data, patches, part.Training.Scored, gang, cancellation),
            cancellation
        );
    }

    /// <summary>Of one draw: each plane by itself, and all fused.</summary>
    /// <param name="odds">What each training says, in the order of planes and poolings.</param>
    private List<EvaluationFigure> Figures(Subject subject, JudgedExams exams, IEnumerable<double[]> odds)
    {
        var learned = Array.ConvertAll(subject.Learned, exam => exams.TrainingLabels[exam]);
        var planes = odds.Chunk(1 + subject.Folds.Length)
            .Select(ofOne => ExamScores.Of(ofOne, subject.Folds))
            .Chunk(poolings.Count)
            .ToList();
        var figures = planes
            .Zip(exams.Planes)
            .SelectMany(each => poolings.SelectMany((pooling, p) => Of(SpecWords.Word(each.Second.Plane), pooling, each.First[p].Test)))
            .ToList();
        if (planes.Count > 1)
        {
            figures.AddRange(
                poolings.SelectMany(
                    (pooling, p) => Of("fused", pooling, PlaneFusion.LogOdds(planes.ConvertAll(plane => plane[p]), learned))
                )
            );
        }

        return figures;

        IEnumerable<EvaluationFigure> Of(string plane, ExamPooling pooling, double[] ofTest) =>
            ExamFigures.Of(
                EvaluationProtocol.Finetune,
                $"{plane} {SpecWords.Word(pooling)}{(subject.Setting is { } setting ? $", {setting}" : "")}",
                subject.Judged,
                ofTest,
                exams.TestLabels,
                evaluation.Seed
            );
    }

    /// <summary>Of several draws of labels the means, whose interval is theirs and not one draw's.</summary>
    private static IEnumerable<EvaluationFigure> Together(IReadOnlyList<List<EvaluationFigure>> draws) =>
        draws.Count == 1
            ? draws[0]
            : draws[0]
                .Select(
                    (figure, i) =>
                        figure with
                        {
                            Value = draws.Average(draw => draw[i].Value),
                            Draws = [.. draws.Select(draw => draw[i].Value)],
                            Low = null,
                            High = null,
                        }
                );

    /// <summary>One network, trained on from one draw of exams.</summary>
    /// <param name="Setting">Of labels; null: all.</param>
    /// <param name="Learned">Numbers of the training exams that are learned from.</param>
    /// <param name="Folds">Places among them; none where nothing is fused.</param>
    private sealed record Subject(string? Setting, JudgedFeatures Judged, FlatTensor Weights, int Draw, int[] Learned, int[][] Folds);

    private sealed record Part(Subject Subject, ExamPlane Plane, ExamPooling Pooling, ExamTraining Training);
}
