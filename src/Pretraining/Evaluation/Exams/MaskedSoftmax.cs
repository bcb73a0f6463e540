namespace Orchestrator.Pretraining.Evaluation.Exams;

/// <summary>Softmax over the places of a mask; the others have weight 0, whatever their score.</summary>
internal static class MaskedSoftmax
{
    /// <param name="scores">Of each place.</param>
    /// <param name="mask">Which places count, one or more.</param>
    /// <param name="weights">Written: 0 or more, together 1.</param>
    public static void Of(ReadOnlySpan<float> scores, ReadOnlySpan<bool> mask, Span<double> weights)
    {
        var largest = double.NegativeInfinity;
        for (var i = 0; i < scores.Length; i++)
        {
            largest = mask[i] ? Math.Max(largest, scores[i]) : largest;
        }

        var sum = 0.0;
        for (var i = 0; i < scores.Length; i++)
        {
            weights[i] = mask[i] ? Math.Exp(scores[i] - largest) : 0;
            sum += weights[i];
        }

        foreach (ref var weight in weights)
        {
            weight /= sum;
        }
    }
}
