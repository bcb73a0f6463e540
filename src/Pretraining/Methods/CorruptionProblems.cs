using Orchestrator.Pretraining.Corruption;
using Orchestrator.Pretraining.Data;
using Orchestrator.Shared.Runs;

namespace Orchestrator.Pretraining.Methods;

/// <summary>Whether a spec's corruption can be drawn on its views.</summary>
public static class CorruptionProblems
{
    /// <exception cref="DataException">It cannot on views of one of the sizes.</exception>
    public static void ThrowIfAny(RunSpec spec)
    {
        foreach (var views in new[] { ViewGroup.Global(spec), ViewGroup.Local(spec) })
        {
            if (views is { IsCorrupted: true } && GroupMasking.Problems(views.Size, spec.Options.Corruption!) is [var problem, ..])
            {
                throw new DataException($"options.corruption: {(views.IsLocal ? "of local views, " : "")}{problem}.");
            }
        }
    }
}
