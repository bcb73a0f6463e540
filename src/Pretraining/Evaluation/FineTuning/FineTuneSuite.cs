using Orchestrator.Pretraining.Data;
using Orchestrator.Pretraining.Evaluation.Metrics;
using Orchestrator.Pretraining.Evaluation.Probes;
using Orchestrator.Pretraining.Evaluation.Protocols;
using Orchestrator.Pretraining.Evaluation.Sharing;
using Orchestrator.Pretraining.Training;
using Orchestrator.Pretraining.Views;
using Orchestrator.Shared.Evaluations;
using Orchestrator.Shared.Runs;

namespace Orchestrator.Pretraining.Evaluation.FineTuning;

/// <summary>
/// The protocol <c>finetune</c>: trainings from the pretrained network and, as a baseline, from the network as initialized (from scratch), on the same labels with
/// the same draws, each judged on the held-out samples. A training is one worker's; several workers train side by side.
/// </summary>
/// <param name="run">Whose network is judged.</param>
/// <param name="evaluation">With a recipe.</param>
/// <param name="samples">Checked for it.</param>
/// <param name="threads">That compute.</param>
public sealed class FineTuneSuite(RunSpec run, EvaluationSpec evaluation, JudgedSamples samples, int threads)
{
    private readonly FineTuneSpec recipe = evaluation.Finetune!;

    /// <param name="location">Where this machine finds data.</param>
    /// <param name="networks">Whose weights trainings begin with.</param>
    /// <param name="work">With whom trainings are shared.</param>
    /// <param name="gang">Computes scores.</param>
    /// <exception cref="EvaluationException">A training diverges.</exception>
    public IReadOnlyList<EvaluationFigure> Run(
        Data.Storage.DataLocation location,
        IReadOnlyList<(JudgedFeatures Judged, FlatTensor Weights)> networks,
        SharedWork work,
        ShardGang gang,
        Action<EvaluationProgress>? progress,
        CancellationToken cancellation
    )
    {
        using var data = DataSets.Open(location, FineTuneRunSpec.Of(run, evaluation, evaluation.Seed));
        var patches = new PatchLayout(data.ViewSize, run.Backbone.Custom.Patch);
        var training = new FineTuneTraining(run, recipe, threads);
        var targets = new LabelTargets(data, samples.Classes, recipe.LabelSmoothing);
        var ofPatches = FineTuneRunSpec.ReadsPatches(run, evaluation);
        var settings = Settings(data).ToList();
        Part[] parts =
        [
            .. from setting in settings
            from network in networks
            from draw in Enumerable.Range(0, setting.Draws.Count)
            select new Part(setting, network.Judged, network.Weights, draw),
        ];
        var total = parts.Sum(part => FineTuneTraining.Steps(SpecOf(0), part.Labeled.Length));
        var counted = EvaluationProgress.Counter("finetune", (int)Math.Min(total, int.MaxValue), progress);
        var test = Enumerable.Range(data.PretrainingCount, data.HeldOutCount).ToArray();
        var values = new ResultStage<double>(parts.Length, (_, i) => Value(parts[i]));
        work.Run("finetune", values, null, cancellation);
        return
        [
            .. parts
                .Zip(values.Results)
                .GroupBy(each => (each.First.Setting, each.First.Judged))
                .Select(of => Figure(of.Key.Setting, of.Key.Judged, [.. of.Select(each => each.Second)])),
        ];

        EvaluationFigure Figure(Setting setting, JudgedFeatures judged, double[] draws) =>
            new(
                EvaluationProtocol.Finetune,
                setting.Name,
                data.HasLabelSets ? "mAP" : "accuracy",
                judged,
                draws.Average(),
                draws.Length > 1 ? draws : []
            );

        double Value(Part part)
        {
            var spec = SpecOf(part.Draw);
            var method = new FineTuneMethod(spec, recipe, samples.Classes, ofPatches);
            return training.Run(
                spec,
                part.Weights,
                method,
                new FineTuneShards(spec, recipe, data, part.Labeled, targets, threads),
                counted,
                trained => Judge(data, test, FineTuneScores.Of(method, trained, data, patches, test, gang, cancellation)),
                cancellation
            );
        }
    }

    private RunSpec SpecOf(int draw) => FineTuneRunSpec.Of(run, evaluation, evaluation.Seed + (ulong)draw);

    /// <summary>Labeled samples of each draw, as the frozen features' protocols draw them; all labels are all samples that are not held out.</summary>
    private IEnumerable<Setting> Settings(IDataSet data)
    {
        if (recipe.AllLabels)
        {
            yield return new Setting(
                LabelSetting.All,
                [
                    [.. Enumerable.Range(0, data.PretrainingCount)],
                ]
            );
        }

        var sets = data.HasLabelSets ? samples.LabelSets(samples.Training) : null;
        foreach (var labels in recipe.Labels)
        {
            yield return Of(
                LabelSetting.PerClass(labels),
                draw =>
                    sets is null
                        ? LowShotDraw.PerClass(samples.TrainingLabels, samples.Classes, labels, evaluation.Seed, draw)
                        : MultiLabelDraw.PerClass(sets, labels, evaluation.Seed, draw)
            );
        }

        if (recipe.Fraction > 0)
        {
            yield return Of(
                LabelSetting.Share(recipe.Fraction),
                draw =>
                    sets is null
                        ? LowShotDraw.Fraction(samples.TrainingLabels, samples.Classes, recipe.Fraction, evaluation.Seed, draw)
                        : MultiLabelDraw.Fraction(samples.Training.Length, recipe.Fraction, evaluation.Seed, draw)
            );
        }

        Setting Of(string name, Func<int, int[]> rows) =>
            new(
                name,
                [.. Enumerable.Range(0, evaluation.Splits).Select(draw => Array.ConvertAll(rows(draw), row => samples.Training[row]))]
            );
    }

    private double Judge(IDataSet data, int[] test, ClassScores scores) =>
        data.HasLabelSets
            ? MeanAveragePrecision.Of(scores.Values, samples.LabelSets(test)).OverPresent ?? 0
            : scores.Accuracy(Array.ConvertAll(test, sample => data.Labels![sample]));

    private sealed record Setting(string Name, IReadOnlyList<int[]> Draws);

    /// <summary>One training.</summary>
    private sealed record Part(Setting Setting, JudgedFeatures Judged, FlatTensor Weights, int Draw)
    {
        public int[] Labeled => Setting.Draws[Draw];
    }
}
