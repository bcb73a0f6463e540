using Orchestrator.Shared.Evaluations;
using Orchestrator.Shared.Runs;

namespace Orchestrator.Worker;

/// <summary>The run's spec as the coordinator's orders carry it: whole, as JSON.</summary>
internal static class OrderedSpec
{
    /// <exception cref="InvalidDataException">The spec has fields or values that this worker does not know.</exception>
    public static RunSpec Read(string json)
    {
        var parsed = RunSpecParser.Parse(json);
        return parsed.Spec
            ?? throw new InvalidDataException(
                $"this worker cannot read the run's spec (another version?): {string.Join("; ", parsed.Errors)}"
            );
    }

    /// <exception cref="InvalidDataException">The evaluation has fields or values that this worker does not know.</exception>
    public static EvaluationSpec ReadEvaluation(string json, RunSpec run)
    {
        var parsed = EvaluationSpecParser.Parse(json, run);
        return parsed.Spec
            ?? throw new InvalidDataException(
                $"this worker cannot read how the checkpoint is to be judged (another version?): {string.Join("; ", parsed.Errors)}"
            );
    }
}
