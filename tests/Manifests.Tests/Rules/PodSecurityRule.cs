using k8s.Models;
using Orchestrator.Manifests.Tests.Rendering;

namespace Orchestrator.Manifests.Tests.Rules;

/// <summary>The Pod Security Standard <c>restricted</c>, and what it leaves open: a read-only root, no token of the API, no user 0 by number.</summary>
internal static class PodSecurityRule
{
    public static IEnumerable<string> Problems(RenderedSet set) =>
        set.Workloads.SelectMany(workload =>
        {
            var (name, pod) = (workload.Metadata.Name, workload.Spec.Template.Spec);
            return Pod(pod).Concat(pod.Containers.Concat(pod.InitContainers ?? []).SelectMany(Container)).Select(p => $"{name}: {p}");
        });

    private static IEnumerable<string> Pod(V1PodSpec pod)
    {
        if (pod.HostNetwork == true || pod.HostPID == true || pod.HostIPC == true)
        {
            yield return "shares a namespace of its host";
        }

        if (pod.SecurityContext?.RunAsNonRoot != true || pod.SecurityContext.RunAsUser is null or 0)
        {
            yield return "runAsNonRoot must be true and runAsUser be set";
        }

        if (pod.SecurityContext?.SeccompProfile?.Type != "RuntimeDefault")
        {
            yield return "seccompProfile must be RuntimeDefault";
        }

        if (pod.AutomountServiceAccountToken != false)
        {
            yield return "automountServiceAccountToken must be false";
        }

        foreach (var volume in pod.Volumes ?? [])
        {
            object?[] allowed = [volume.EmptyDir, volume.PersistentVolumeClaim, volume.Secret, volume.ConfigMap, volume.Projected];
            if (!allowed.Any(kind => kind is not null))
            {
                yield return $"volume {volume.Name} is of a kind that restricted forbids";
            }
        }
    }

    private static IEnumerable<string> Container(V1Container container)
    {
        var context = container.SecurityContext;
        if (context?.AllowPrivilegeEscalation != false || context.Privileged == true)
        {
            yield return $"{container.Name} may gain privileges";
        }

        if (context?.Capabilities?.Drop?.Contains("ALL") != true || context.Capabilities.Add?.Count > 0)
        {
            yield return $"{container.Name} has capabilities";
        }

        if (context?.ReadOnlyRootFilesystem != true)
        {
            yield return $"{container.Name} can write to its root";
        }

        foreach (var port in (container.Ports ?? []).Where(p => p.HostPort is not null))
        {
            yield return $"{container.Name} takes port {port.HostPort} of its host";
        }
    }
}
