namespace Orchestrator.Pretraining.Evaluation.Probes;

/// <summary>How messages call a class.</summary>
internal static class ClassName
{
    /// <summary>"Class 3 (dog)", or "Class 3" where there are no names.</summary>
    public static string Of(int @class, IReadOnlyList<string>? names) =>
        names is null ? $"Class {@class}" : $"Class {@class} ({names[@class]})";
}
