using Orchestrator.Shared.Api;
using Orchestrator.Shared.Runs;

namespace Orchestrator.Coordinator.Scheduling;

/// <summary>Why a run that was submitted now could not start, whoever makes room for it: its project's quota, and the workers that are connected. Pure.</summary>
public static class SubmissionWarnings
{
    /// <param name="workers">As the fleet shows them.</param>
    public static IReadOnlyList<string> Of(RunSpec spec, IReadOnlyList<WorkerView> workers, SchedulingPolicy policy)
    {
        var warnings = new List<string>();
        var (min, device, project) = (spec.Workers.Min, SpecWords.Word(spec.Workers.Device), spec.ProjectName);
        if (policy.Of(project).Workers is { } most && most < min)
        {
            warnings.Add($"workers.min is {min}, project {project} may have {most} at once: the run can never start like this");
        }

        // A gang is of one fingerprint.
        var usable = workers.Where(w => IsOf(w, spec.Workers.Device) && w.State is not ("lost" or "draining" or "refused")).ToArray();
        var largest = usable.Length == 0 ? 0 : usable.CountBy(w => w.Fingerprint, StringComparer.Ordinal).Max(g => g.Value);
        if (usable.Length == 0)
        {
            warnings.Add($"no worker on {device} is connected: the run waits until {min} {(min == 1 ? "is" : "are")}");
        }
        else if (largest < min)
        {
            var bits = largest < usable.Length ? $" of which {largest} compute the same bits" : "";
            warnings.Add(
                $"workers.min is {min}, {usable.Length} on {device} {(usable.Length == 1 ? "is" : "are")} connected{bits}: the run waits until there are more"
            );
        }

        return warnings;
    }

    private static bool IsOf(WorkerView worker, DeviceKind device) =>
        worker.Device.StartsWith(SpecWords.Word(device), StringComparison.Ordinal);
}
