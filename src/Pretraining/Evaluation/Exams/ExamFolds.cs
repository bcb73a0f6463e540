using Orchestrator.Pretraining.Evaluation.Probes;
using Orchestrator.Shared.Randomness;

namespace Orchestrator.Pretraining.Evaluation.Exams;

/// <summary>Folds of the training exams, with as many of each class in each as can be, so that every exam can be scored by a model that did not see it.</summary>
internal static class ExamFolds
{
    /// <summary>Folds; fewer where a class has fewer exams.</summary>
    public const int Most = 5;

    /// <summary>The exams of each fold, ascending.</summary>
    /// <param name="labels">Of each training exam; two or more of each class.</param>
    /// <param name="seed">Of the order in which a class is dealt.</param>
    public static int[][] Of(bool[] labels, ulong seed)
    {
        var members = ClassMembers.Of(Array.ConvertAll(labels, label => label ? 1 : 0), 2);
        var count = Math.Min(Most, Math.Min(members.Count(0), members.Count(1)));
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 2, nameof(labels));
        var folds = Enumerable.Range(0, count).Select(_ => new List<int>()).ToArray();
        var dealt = 0;
        for (var k = 0; k < members.Classes; k++)
        {
            foreach (var exam in members.All(k, new PhiloxStream(seed, DrawPurpose.ExamFold, sample: k)))
            {
                folds[dealt++ % count].Add(exam);
            }
        }

        return Array.ConvertAll(folds, fold => fold.Order().ToArray());
    }
}
