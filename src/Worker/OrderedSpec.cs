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
}
