namespace Orchestrator.Pretraining.Evaluation;

/// <summary>How far an evaluation is.</summary>
/// <param name="Part"><c>features</c> (batches of images), <c>probes</c> or <c>protocols</c>, <c>finetune</c> (steps), or <c>artifacts</c> (files), in this order; of exams <c>features</c> and <c>protocols</c> take turns, plane by plane.</param>
/// <param name="Done">Pieces done, 0 … Total.</param>
/// <param name="Total">Pieces of the part.</param>
public sealed record EvaluationProgress(string Part, int Done, int Total)
{
    /// <summary>An action that tells of one more piece each time, from any thread.</summary>
    public static Action Counter(string part, int total, Action<EvaluationProgress>? progress)
    {
        var done = 0;
        return () =>
        {
            var now = Interlocked.Increment(ref done);
            progress?.Invoke(new EvaluationProgress(part, now, total));
        };
    }
}
