using System.Globalization;
using Orchestrator.Pretraining.Evaluation.Metrics;
using Orchestrator.Pretraining.Evaluation.Probes;
using Orchestrator.Pretraining.Evaluation.Sharing;
using Orchestrator.Pretraining.Training;
using Orchestrator.Shared.Evaluations;

namespace Orchestrator.Pretraining.Evaluation.Protocols;

/// <summary>
/// The protocols that an evaluation asks for, on each kind of features. Samples' features are scaled by the training rows' statistics. Each job runs on one thread of one worker, several
/// side by side: which does not show in its figures. Labeled samples of a draw are the same for every kind of features and every run.
/// </summary>
/// <param name="spec">What is asked for.</param>
/// <param name="samples">Checked for it.</param>
/// <param name="grid">Of segmentation's patches and masks.</param>
public sealed class ProtocolSuite(EvaluationSpec spec, JudgedSamples samples, PatchGrid grid)
{
    private readonly List<Job> jobs = [];
    private readonly Lazy<(LabelMatrix Training, LabelMatrix Test)> labelSets = new(() =>
        (samples.LabelSets(samples.Training), samples.LabelSets(samples.Test))
    );
    private readonly Lazy<MaskSet> training = new(() => MaskSet.Of(samples, samples.Training));
    private readonly Lazy<MaskSet> test = new(() => MaskSet.Of(samples, samples.Test));

    /// <summary>Jobs to run.</summary>
    public int Count => jobs.Count;

    /// <summary>Adds the jobs on one kind of features.</summary>
    public void Add(JudgedFeatures judged, SampleFeatures ofTraining, SampleFeatures ofTest)
    {
        var scaled = new Lazy<ProbeData>(() =>
            new ProbeData(
                ofTraining.Samples!,
                samples.TrainingLabels,
                ofTest.Samples!,
                samples.TestLabels,
                Math.Max(1, samples.Classes)
            ).Scaled()
        );
        foreach (var protocol in spec.Protocols)
        {
            switch (protocol)
            {
                case EvaluationProtocol.Knn:
                    jobs.Add(new Job(judged, protocol, () => Nearest(scaled.Value)));
                    break;
                case EvaluationProtocol.Linear:
                    jobs.Add(
                        new Job(judged, protocol, () => [new Found(LabelSetting.All, "accuracy", [LinearProbe.Accuracy(scaled.Value)])])
                    );
                    break;
                case EvaluationProtocol.LowShot:
                    jobs.AddRange(LowShot(judged, scaled));
                    break;
                case EvaluationProtocol.MultiLabel:
                    jobs.AddRange(MultiLabel(judged, ofTraining.Samples!, ofTest.Samples!));
                    break;
                case EvaluationProtocol.Segmentation:
                    jobs.AddRange(Segmentation(judged, ofTraining.Patches!, ofTest.Patches!));
                    break;
                case EvaluationProtocol.Finetune or EvaluationProtocol.Exams:
                    // Trained, and judged by plane and exam: FineTuneSuite, ExamEvaluation.
                    break;
                default:
                    throw new InvalidOperationException($"There is no protocol {protocol}.");
            }
        }
    }

    /// <summary>Runs every job; the figures stand in the order of the jobs, whoever computed them.</summary>
    /// <param name="work">With whom jobs are shared.</param>
    /// <param name="jobDone">Told after each, on any thread.</param>
    public IReadOnlyList<EvaluationFigure> Run(SharedWork work, ShardGang gang, Action jobDone, CancellationToken cancellation)
    {
        var stage = new ResultStage<IReadOnlyList<Found>>(jobs.Count, (_, i) => jobs[i].Run(), jobDone);
        work.Run("protocols", stage, gang, cancellation);
        return
        [
            .. jobs.Zip(stage.Results)
                .SelectMany(job =>
                    job.Second.Select(f => new EvaluationFigure(
                        job.First.Protocol,
                        f.Setting,
                        f.Metric,
                        job.First.Judged,
                        f.Values.Average(),
                        f.Values.Length > 1 ? f.Values : []
                    ))
                ),
        ];
    }

    private List<Found> Nearest(ProbeData data)
    {
        var neighbors = spec.Neighbors.Where(k => k <= data.Training.Rows).ToList();
        // Of fewer samples than any k, all vote.
        neighbors = neighbors.Count > 0 ? neighbors : [data.Training.Rows];
        return
        [
            .. neighbors
                .Zip(KnnProbe.Accuracies(data, neighbors))
                .Select(each => new Found($"k={Text(each.First)}", "accuracy", [each.Second])),
        ];
    }

    private IEnumerable<Job> LowShot(JudgedFeatures judged, Lazy<ProbeData> data)
    {
        foreach (var labels in spec.Labels)
        {
            yield return Of(
                LabelSetting.PerClass(labels),
                draw => LowShotDraw.PerClass(samples.TrainingLabels, samples.Classes, labels, spec.Seed, draw)
            );
        }

        if (spec.Fraction > 0)
        {
            yield return Of(
                LabelSetting.Share(spec.Fraction),
                draw => LowShotDraw.Fraction(samples.TrainingLabels, samples.Classes, spec.Fraction, spec.Seed, draw)
            );
        }

        Job Of(string setting, Func<int, int[]> labeled) =>
            new(
                judged,
                EvaluationProtocol.LowShot,
                () =>
                    [
                        new Found(
                            setting,
                            "accuracy",
                            Array.ConvertAll(LogisticProbe.RunEach(data.Value, Draws(labeled), spec.Lambda), outcome => outcome.Accuracy)
                        ),
                    ]
            );
    }

    private IEnumerable<Job> MultiLabel(JudgedFeatures judged, FeatureMatrix ofTraining, FeatureMatrix ofTest)
    {
        var data = new Lazy<MultiLabelData>(() =>
        {
            var scaling = FeatureScaling.Of(ofTraining);
            return new MultiLabelData(scaling.Apply(ofTraining), labelSets.Value.Training, scaling.Apply(ofTest), labelSets.Value.Test);
        });
        yield return new Job(
            judged,
            EvaluationProtocol.MultiLabel,
            () => [new Found(LabelSetting.All, "mAP", [MeanPrecision(MultiLabelProbe.Run(data.Value, spec.Lambda))])]
        );
        foreach (var labels in spec.Labels)
        {
            yield return Of(
                LabelSetting.PerClass(labels),
                draw => MultiLabelDraw.PerClass(labelSets.Value.Training, labels, spec.Seed, draw)
            );
        }

        if (spec.Fraction > 0)
        {
            yield return Of(
                LabelSetting.Share(spec.Fraction),
                draw => MultiLabelDraw.Fraction(samples.Training.Length, spec.Fraction, spec.Seed, draw)
            );
        }

        Job Of(string setting, Func<int, int[]> labeled) =>
            new(
                judged,
                EvaluationProtocol.MultiLabel,
                () =>
                    [
                        new Found(
                            setting,
                            "mAP",
                            Array.ConvertAll(MultiLabelProbe.RunEach(data.Value, Draws(labeled), spec.Lambda), MeanPrecision)
                        ),
                    ]
            );
    }

    private IEnumerable<Job> Segmentation(JudgedFeatures judged, FeatureMatrix ofTraining, FeatureMatrix ofTest)
    {
        yield return Of(LabelSetting.All, () => [Enumerable.Range(0, samples.Training.Length).ToArray()]);
        foreach (var labels in spec.Labels)
        {
            yield return Of(
                LabelSetting.PerClass(labels),
                () => Draws(draw => MultiLabelDraw.PerClass(training.Value.Present(samples.PixelClasses), labels, spec.Seed, draw))
            );
        }

        if (spec.Fraction > 0)
        {
            yield return Of(
                LabelSetting.Share(spec.Fraction),
                () => Draws(draw => MultiLabelDraw.Fraction(samples.Training.Length, spec.Fraction, spec.Seed, draw))
            );
        }

        Job Of(string setting, Func<List<int[]>> labeled) =>
            new(
                judged,
                EvaluationProtocol.Segmentation,
                () =>
                    [
                        new Found(
                            setting,
                            "mIoU",
                            [
                                .. labeled()
                                    .Select(images =>
                                        SegmentationProbe
                                            .Run(
                                                training.Value.With(ofTraining, grid, images),
                                                test.Value.With(ofTest, grid, null),
                                                samples.PixelClasses
                                            )
                                            .Matrix.MeanIoU
                                        ?? 0
                                    ),
                            ]
                        ),
                    ]
            );
    }

    /// <summary>Over the classes that have positives among the test samples.</summary>
    private static double MeanPrecision(MultiLabelOutcome outcome) => outcome.Precision.OverPresent ?? 0;

    private List<int[]> Draws(Func<int, int[]> labeled) => [.. Enumerable.Range(0, spec.Splits).Select(labeled)];

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    private sealed record Job(JudgedFeatures Judged, EvaluationProtocol Protocol, Func<IReadOnlyList<Found>> Run);

    private sealed record Found(string Setting, string Metric, double[] Values);
}
