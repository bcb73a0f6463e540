using System.Globalization;
using Orchestrator.Pretraining.Data;
using Orchestrator.Shared.Runs;

namespace Orchestrator.Pretraining.Evaluation;

/// <summary>Which images probes learn from and which they are tested on, with their classes. The test images were never pretrained on.</summary>
/// <param name="Training">Numbers of images before the held-out ones, ascending.</param>
/// <param name="TrainingLabels">Class of each.</param>
/// <param name="Test">Numbers of held-out images, ascending.</param>
/// <param name="TestLabels">Class of each.</param>
/// <param name="Classes">K; labels are 0 … K − 1.</param>
public sealed record ProbeImages(int[] Training, int[] TrainingLabels, int[] Test, int[] TestLabels, int Classes)
{
    /// <summary>Of a larger set so many are taken.</summary>
    public const int Most = SampleSubset.Most;

    /// <summary>Labels a class of the larger low-shot probe.</summary>
    public const int LowShotLabels = 5;

    /// <summary>The images of a spec's probes.</summary>
    /// <exception cref="EvaluationException">Lists everything that is wrong.</exception>
    public static ProbeImages Of(RunSpec spec, IDataSet data) =>
        Choose(
            data.Labels,
            data.Count,
            data.HeldOutCount,
            spec.Probes.Any(p => p.Protocol == ProbeProtocol.LowShot),
            k => data.ClassNames?[k] ?? k.ToString(CultureInfo.InvariantCulture)
        );

    /// <summary>Splits and checks; every problem is found before any feature is computed.</summary>
    /// <param name="labels">Class of every image, or null.</param>
    /// <param name="count">Images in all.</param>
    /// <param name="holdOut">So many at the end are for the test.</param>
    /// <param name="lowShot">Whether the low-shot probe is asked for, which needs five labels in each class.</param>
    /// <param name="className">Name of a class in messages.</param>
    /// <exception cref="EvaluationException">Lists everything that is wrong.</exception>
    public static ProbeImages Choose(IReadOnlyList<int>? labels, int count, int holdOut, bool lowShot, Func<int, string> className)
    {
        if (labels is null)
        {
            throw new EvaluationException(
                "Probes need one label a sample and the data set has none, or several: set data.labels to a label file, or to folders."
            );
        }

        if (labels.Count != count)
        {
            throw new EvaluationException($"There are {labels.Count} labels for {count} images: every image needs one.");
        }

        if (holdOut <= 0 || holdOut >= count)
        {
            throw new EvaluationException(
                $"data.holdOut is {holdOut} of {count} images: some must be left for training and some for the test."
            );
        }

        var training = SampleSubset.Of(0, count - holdOut);
        var test = SampleSubset.Of(count - holdOut, holdOut);
        var images = new ProbeImages(
            training,
            Array.ConvertAll(training, i => labels[i]),
            test,
            Array.ConvertAll(test, i => labels[i]),
            labels.Max() + 1
        );
        var problems = images.Problems(lowShot, className).ToList();
        return problems.Count == 0 ? images : throw new EvaluationException(string.Join(" ", problems));
    }

    private IEnumerable<string> Problems(bool lowShot, Func<int, string> className)
    {
        var (inTraining, inTest) = (Counts(TrainingLabels), Counts(TestLabels));
        for (var k = 0; k < Classes; k++)
        {
            if (inTest[k] > 0 && inTraining[k] == 0)
            {
                yield return $"Class {className(k)} is among the held-out images and not among the {Training.Length} for training: no probe can know it.";
            }
            else if (lowShot && inTraining[k] is > 0 and < LowShotLabels)
            {
                yield return $"Class {className(k)} has {inTraining[k]} training images: the low-shot probe labels {LowShotLabels}.";
            }
        }
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
}
