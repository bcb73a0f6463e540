namespace Orchestrator.Shared.Runs;

/// <summary>One thing that is wrong with a run spec.</summary>
/// <param name="Path">Where: keys joined by dots, list positions in brackets: <c>optimizer.warmup</c>, <c>probes[1].protocol</c>.</param>
/// <param name="Value">What stands there, as written; null when nothing does.</param>
/// <param name="Problem">What is wrong and what would be right.</param>
public sealed record SpecError(string Path, string? Value, string Problem)
{
    public override string ToString() => Value is null ? $"{Path}: {Problem}" : $"{Path}: {Value} – {Problem}";
}
