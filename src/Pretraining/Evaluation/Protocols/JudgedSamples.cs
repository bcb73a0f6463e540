using System.Globalization;
using Orchestrator.Pretraining.Data;
using Orchestrator.Pretraining.Data.Masks;
using Orchestrator.Pretraining.Evaluation.Metrics;
using Orchestrator.Shared.Evaluations;

namespace Orchestrator.Pretraining.Evaluation.Protocols;

/// <summary>Which samples an evaluation learns from and which it tests on, with all that is known of them. The test samples were never pretrained on where the data is the run's.</summary>
public sealed class JudgedSamples
{
    private readonly IDataSet data;
    private readonly Dictionary<int, byte[]> masks = [];

    private JudgedSamples(IDataSet data, int[] training, int[] test) => (this.data, Training, Test) = (data, training, test);

    /// <summary>Numbers of samples, ascending.</summary>
    public int[] Training { get; }

    /// <summary>Numbers of held-out samples, ascending.</summary>
    public int[] Test { get; }

    /// <summary>Classes of samples; 0 where no protocol needs any.</summary>
    public int Classes { get; private set; }

    /// <summary>Classes of pixels; 0 where no protocol needs any.</summary>
    public int PixelClasses { get; private set; }

    /// <summary>The class of each sample that is learned from, and tested on; empty where no protocol needs them.</summary>
    public int[] TrainingLabels { get; private set; } = [];
    public int[] TestLabels { get; private set; } = [];

    /// <summary>Chooses samples and checks them for the protocols; every problem is found before anything is computed.</summary>
    /// <exception cref="EvaluationException">Lists everything that is wrong.</exception>
    /// <exception cref="DataException">A mask is gone, damaged or of another size than its image.</exception>
    public static JudgedSamples Of(EvaluationSpec spec, IDataSet data, CancellationToken cancellation)
    {
        if (data.HeldOutCount <= 0 || data.PretrainingCount <= 0)
        {
            throw new EvaluationException(
                $"{data.HeldOutCount} of {data.Count} samples are held out (data.holdOut, data.holdOutSplit): some must be left to learn from and some for the test."
            );
        }

        var trains = spec.Finetune is { OfExams: false };
        if (spec.Protocols.All(p => p == EvaluationProtocol.Exams || (p == EvaluationProtocol.Finetune && !trains)))
        {
            // They judge no single sample.
            return new JudgedSamples(data, [], []);
        }

        var samples = new JudgedSamples(
            data,
            SampleSubset.Of(0, data.PretrainingCount),
            SampleSubset.Of(data.PretrainingCount, data.HeldOutCount)
        );
        var problems = new List<string>();
        if (
            spec.Protocols.Any(p => p is EvaluationProtocol.Knn or EvaluationProtocol.Linear or EvaluationProtocol.LowShot)
            || (trains && !data.HasLabelSets)
        )
        {
            samples.TakeLabels(spec, problems);
        }

        if (spec.Protocols.Contains(EvaluationProtocol.MultiLabel) || (trains && data.HasLabelSets))
        {
            samples.CheckLabelSets(spec, problems);
        }

        if (spec.Protocols.Contains(EvaluationProtocol.Segmentation))
        {
            samples.CheckMasks(spec, problems, cancellation);
        }

        return problems.Count == 0 ? samples : throw new EvaluationException(string.Join(" ", problems));
    }

    /// <summary>Of which classes each sample is.</summary>
    public LabelMatrix LabelSets(int[] which)
    {
        var sets = new sbyte[which.Length * Classes];
        for (var i = 0; i < which.Length; i++)
        {
            foreach (var label in data.LabelsOf(which[i]))
            {
                sets[(i * Classes) + label] = 1;
            }
        }

        return new LabelMatrix(which.Length, Classes, sets);
    }

    /// <summary>The class of every pixel of a view, <c>[H, W]</c>: of a mask of another size the nearest pixel's. There once masks were checked.</summary>
    public byte[] Mask(int sample) => masks[sample];

    private byte[] Scaled(LabelMask mask)
    {
        var (height, width) = (data.ViewSize.Height, data.ViewSize.Width);
        var scaled = new byte[height * width];
        for (var y = 0; y < height; y++)
        {
            var row = (int)((y + 0.5) * mask.Height / height) * mask.Width;
            for (var x = 0; x < width; x++)
            {
                scaled[(y * width) + x] = mask.Bytes![row + (int)((x + 0.5) * mask.Width / width)];
            }
        }

        return scaled;
    }

    private void TakeLabels(EvaluationSpec spec, List<string> problems)
    {
        if (data.Labels is not { } labels)
        {
            problems.Add(
                data.HasLabelSets
                    ? "knn, linear and low-shot need one label a sample and these have several: ask for multi-label or finetune."
                    : "knn, linear and low-shot need one label a sample (finetune one or several) and the data has none: set data.labels to a label file, or to folders."
            );
            return;
        }

        (TrainingLabels, TestLabels) = (Array.ConvertAll(Training, i => labels[i]), Array.ConvertAll(Test, i => labels[i]));
        Classes = labels.Max() + 1;
        var (inTraining, inTest) = (Counts(TrainingLabels), Counts(TestLabels));
        var most = MostLabels(spec, EvaluationProtocol.LowShot);
        for (var k = 0; k < Classes; k++)
        {
            if (inTest[k] > 0 && inTraining[k] == 0)
            {
                problems.Add($"Class {Name(k)} is among the {Test.Length} test samples and not among the {Training.Length} to learn from.");
            }
            else if (inTraining[k] > 0 && inTraining[k] < most)
            {
                problems.Add(
                    $"Class {Name(k)} has {inTraining[k]} samples to learn from: {most} labels a class (labels, finetune.labels) need {most}."
                );
            }
        }
    }

    private void CheckLabelSets(EvaluationSpec spec, List<string> problems)
    {
        var (counts, tested) = (LabelCounts(Training), LabelCounts(Test));

        if (counts.Count == 0)
        {
            problems.Add("multi-label needs labels and the data has none: set data.labels to a table whose label column holds several.");
            return;
        }

        // Fine-tuning goes over all samples, and not only over those that were chosen.
        var all = spec.Finetune is not { OfExams: false } ? [] : LabelCounts([.. Enumerable.Range(0, data.Count)]).Keys.ToArray();
        Classes = Math.Max(data.ClassNames?.Count ?? 0, counts.Keys.Concat(tested.Keys).Concat(all).Append(Classes - 1).Max() + 1);
        var most = MostLabels(spec, EvaluationProtocol.MultiLabel);
        for (var k = 0; k < Classes; k++)
        {
            if (tested.ContainsKey(k) && !counts.ContainsKey(k))
            {
                problems.Add($"Class {Name(k)} is among the {Test.Length} test samples and not among the {Training.Length} to learn from.");
            }
            else if (counts.GetValueOrDefault(k) is > 0 and var count && count < most)
            {
                problems.Add(
                    $"Class {Name(k)} has {count} samples to learn from: {most} labels a class (labels, finetune.labels) need {most}."
                );
            }
        }
    }

    private void CheckMasks(EvaluationSpec spec, List<string> problems, CancellationToken cancellation)
    {
        // Of each class how many images to learn from show it, and whether any does at all.
        var (images, known) = (new int[LabelMask.Ignored + 1], new bool[LabelMask.Ignored + 1]);
        for (var i = 0; i < Training.Length + Test.Length; i++)
        {
            cancellation.ThrowIfCancellationRequested();
            var sample = i < Training.Length ? Training[i] : Test[i - Training.Length];
            if (data.ReadMask(sample) is not { } mask)
            {
                problems.Add("segmentation needs masks and the data has none: set data.masks to their folder.");
                return;
            }

            if (mask.Bytes is null)
            {
                problems.Add($"Mask {mask.Name} has 16 bits: classes of pixels are 0 to 254, and 255 for those that do not count.");
                return;
            }

            masks[sample] = Scaled(mask);
            foreach (var value in mask.Bytes.Distinct())
            {
                known[value] = true;
                images[value] += i < Training.Length ? 1 : 0;
            }
        }

        known[LabelMask.Ignored] = false;
        PixelClasses = Array.LastIndexOf(known, true) + 1;
        if (PixelClasses < 2)
        {
            problems.Add("segmentation needs two classes of pixels or more; the masks have fewer.");
            return;
        }

        var most = spec.Labels.DefaultIfEmpty(0).Max();
        for (var k = 0; k < PixelClasses; k++)
        {
            if (images[k] < most)
            {
                problems.Add(
                    $"Class {Text(k)} of pixels is in {images[k]} masks to learn from: segmentation with {most} masks a class needs {most} (labels)."
                );
            }
        }
    }

    /// <summary>The most labels a class that are to be drawn.</summary>
    private static int MostLabels(EvaluationSpec spec, EvaluationProtocol ofFeatures) =>
        (spec.Protocols.Contains(ofFeatures) ? spec.Labels : [])
            .Concat(spec.Finetune is { OfExams: false } ? spec.Finetune.Labels : [])
            .DefaultIfEmpty(0)
            .Max();

    private Dictionary<int, int> LabelCounts(int[] samples)
    {
        var counts = new Dictionary<int, int>();
        foreach (var sample in samples)
        {
            foreach (var label in data.LabelsOf(sample))
            {
                counts[label] = counts.GetValueOrDefault(label) + 1;
            }
        }

        return counts;
    }

    private int[] Counts(int[] labels)
    {
        var counts = new int[Classes];
        foreach (var label in labels)
        {
            counts[label]++;
        }

        return counts;
    }

    private string Name(int k) => data.ClassNames?[k] ?? Text(k);

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
