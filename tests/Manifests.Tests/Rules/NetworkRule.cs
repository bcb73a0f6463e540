using k8s.Models;
using Orchestrator.Manifests.Tests.Rendering;

namespace Orchestrator.Manifests.Tests.Rules;

/// <summary>Policies name who may reach which port, and no port is forgotten.</summary>
internal static class NetworkRule
{
    public static IEnumerable<string> Problems(RenderedSet set)
    {
        foreach (var policy in set.Of<V1NetworkPolicy>())
        {
            var pods = ReferenceRule.Selected(set, policy.Spec.PodSelector.MatchLabels).ToList();
            var ports = pods.SelectMany(ReferenceRule.Ports).Select(p => $"{p.ContainerPort}").ToHashSet(StringComparer.Ordinal);
            if (pods.Count == 0)
            {
                yield return $"NetworkPolicy {policy.Metadata.Name} selects no pod";
            }

            foreach (var rule in policy.Spec.Ingress ?? [])
            {
                if (rule.FromProperty is not { Count: > 0 } || rule.Ports is not { Count: > 0 })
                {
                    yield return $"NetworkPolicy {policy.Metadata.Name} lets everybody in";
                    continue;
                }

                foreach (var port in rule.Ports.Where(p => !ports.Contains(p.Port.ToString()!)))
                {
                    yield return $"NetworkPolicy {policy.Metadata.Name} names port {port.Port}, which its pods do not have";
                }
            }
        }
    }

    /// <summary>Where nothing reaches a pod unless it is named: ports that nobody may reach.</summary>
    public static IEnumerable<string> Uncovered(RenderedSet set)
    {
        var policies = set.Of<V1NetworkPolicy>();
        if (!policies.Any(p => p.Spec.PodSelector.MatchLabels is null && p.Spec.Ingress is null && p.Spec.PolicyTypes.Contains("Ingress")))
        {
            yield return "no policy keeps everybody out";
        }

        foreach (var workload in set.Workloads)
        {
            var named = policies
                .Where(p => p.Spec.Ingress is not null && ReferenceRule.Selected(set, p.Spec.PodSelector.MatchLabels).Contains(workload))
                .SelectMany(p => p.Spec.Ingress.SelectMany(rule => rule.Ports))
                .Select(p => p.Port.ToString())
                .ToHashSet(StringComparer.Ordinal);
            foreach (var port in ReferenceRule.Ports(workload).Where(p => !named.Contains($"{p.ContainerPort}")))
            {
                yield return $"{workload.Metadata.Name}: nobody may reach port {port.ContainerPort} ({port.Name})";
            }
        }
    }
}
