using System.Text.RegularExpressions;
using k8s.Models;
using Orchestrator.Manifests.Tests.Rendering;

namespace Orchestrator.Manifests.Tests.Rules;

/// <summary>What each container has: requests, a memory limit, three probes at ports and paths that are there, volumes for its mounts, and time to drain.</summary>
internal static partial class ContainerRule
{
    private static readonly string ProbedPaths =
        File.ReadAllText(Source("Coordinator/Api/HealthEndpoints.cs")) + File.ReadAllText(Source("Worker/Telemetry/MetricsPage.cs"));

    /// <summary>Seconds within which a draining worker leaves, as its code has them.</summary>
    public static int DrainSeconds { get; } =
        int.Parse(
            Grace().Match(File.ReadAllText(Source("Worker/Commands/WorkerCommand.cs"))).Groups["seconds"].Value,
            System.Globalization.CultureInfo.InvariantCulture
        );

    public static IEnumerable<string> Problems(RenderedSet set)
    {
        foreach (var workload in set.Workloads)
        {
            var pod = workload.Spec.Template.Spec;
            if (pod.TerminationGracePeriodSeconds is not { } grace || grace < DrainSeconds + 5)
            {
                yield return $"{workload.Metadata.Name}: terminationGracePeriodSeconds is not {DrainSeconds} s and some more";
            }

            var volumes = (pod.Volumes ?? [])
                .Select(v => v.Name)
                .Concat((workload.Spec.VolumeClaimTemplates ?? []).Select(c => c.Metadata.Name))
                .ToHashSet(StringComparer.Ordinal);
            foreach (var problem in pod.Containers.SelectMany(container => Container(container, volumes)))
            {
                yield return $"{workload.Metadata.Name}: {problem}";
            }
        }
    }

    private static IEnumerable<string> Container(V1Container container, HashSet<string> volumes)
    {
        foreach (var resource in (string[])["cpu", "memory"])
        {
            if (container.Resources?.Requests?.ContainsKey(resource) != true)
            {
                yield return $"{container.Name} requests no {resource}";
            }
        }

        if (container.Resources?.Limits?.ContainsKey("memory") != true)
        {
            yield return $"{container.Name} has no limit of memory";
        }

        foreach (var mount in (container.VolumeMounts ?? []).Where(m => !volumes.Contains(m.Name)))
        {
            yield return $"{container.Name} mounts {mount.Name}, which is no volume";
        }

        (string, V1Probe?)[] probes =
        [
            ("startupProbe", container.StartupProbe),
            ("livenessProbe", container.LivenessProbe),
            ("readinessProbe", container.ReadinessProbe),
        ];
        foreach (var (name, probe) in probes)
        {
            if (ProbeProblem(container, probe) is { } problem)
            {
                yield return $"{container.Name}: {name} {problem}";
            }
        }
    }

    private static string? ProbeProblem(V1Container container, V1Probe? probe) =>
        probe is null ? "is missing"
        : probe.HttpGet is not { } get
            ? probe.Exec is null ? "asks nothing"
                : null
        : !container.Ports.Any(p => p.Name == get.Port.ToString()) ? $"asks port {get.Port}, which is not there"
        : !ProbedPaths.Contains($"\"{get.Path}\"", StringComparison.Ordinal) ? $"asks {get.Path}, which nobody serves"
        : null;

    private static string Source(string path) => Path.Combine(RenderedFolders.Root, "src", path);

    [GeneratedRegex(@"Grace = TimeSpan\.FromSeconds\((?<seconds>\d+)\)", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Grace();
}
