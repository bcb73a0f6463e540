using k8s.Models;
using Orchestrator.Manifests.Tests.Models;
using Orchestrator.Manifests.Tests.Rendering;

namespace Orchestrator.Manifests.Tests.Rules;

/// <summary>What one object says of another is there: ports, pods behind selectors, maps, claims, accounts. Secrets are the exception: k8s/install.sh makes them.</summary>
internal static class ReferenceRule
{
    private static readonly string[] InstalledSecrets = ["join-token", "api-token", "journal", "postgres"];

    public static IEnumerable<string> Problems(RenderedSet set) =>
        [
            .. set.Workloads.SelectMany(w => Workload(set, w).Select(p => $"{w.Metadata.Name}: {p}")),
            .. set.Of<V1Service>().SelectMany(s => Service(set, s).Select(p => $"Service {s.Metadata.Name}: {p}")),
            .. set.Of<V1PodDisruptionBudget>()
                .Where(b => !Selected(set, b.Spec.Selector.MatchLabels).Any())
                .Select(b => $"PodDisruptionBudget {b.Metadata.Name} selects no pod"),
            .. set.Of<ServiceMonitor>().SelectMany(m => Monitor(set, m)),
            .. set.Of<PodMonitor>().SelectMany(m => Monitor(set, m)),
            .. set.Of<ScaledObject>()
                .Where(o => !set.Workloads.Any(w => w.Metadata.Name == o.Spec.ScaleTargetRef.Name && w.Spec.Replicas is null))
                .Select(o => $"ScaledObject {o.Metadata.Name} scales no StatefulSet that leaves its replicas open"),
        ];

    /// <summary>Workloads whose pods carry all these labels.</summary>
    public static IEnumerable<V1StatefulSet> Selected(RenderedSet set, IDictionary<string, string>? labels) =>
        set.Workloads.Where(w =>
            (labels ?? new Dictionary<string, string>(StringComparer.Ordinal)).All(label =>
                w.Spec.Template.Metadata.Labels.TryGetValue(label.Key, out var value) && value == label.Value
            )
        );

    private static IEnumerable<string> Workload(RenderedSet set, V1StatefulSet workload)
    {
        var pod = workload.Spec.Template.Spec;
        if (!Selected(set, workload.Spec.Selector.MatchLabels).Contains(workload))
        {
            yield return "does not select its own pods";
        }

        if (!Has<V1Service>(set, workload.Spec.ServiceName))
        {
            yield return $"its service {workload.Spec.ServiceName} is not there";
        }

        if (!Has<V1ServiceAccount>(set, pod.ServiceAccountName))
        {
            yield return $"its account {pod.ServiceAccountName} is not there";
        }

        if (!set.Of<V1PodDisruptionBudget>().Any(b => Selected(set, b.Spec.Selector.MatchLabels).Contains(workload)))
        {
            yield return "has no disruption budget";
        }

        foreach (var claim in (pod.Volumes ?? []).Select(v => v.PersistentVolumeClaim?.ClaimName).OfType<string>())
        {
            if (!Has<V1PersistentVolumeClaim>(set, claim))
            {
                yield return $"its claim {claim} is not there";
            }
        }

        foreach (var secret in Secrets(pod).Where(s => !InstalledSecrets.Contains(s, StringComparer.Ordinal)))
        {
            yield return $"nobody makes its secret {secret}";
        }

        foreach (var map in pod.Containers.SelectMany(c => c.EnvFrom ?? []).Select(e => e.ConfigMapRef?.Name).OfType<string>())
        {
            if (!Has<V1ConfigMap>(set, map))
            {
                yield return $"its settings {map} are not there";
            }
        }
    }

    private static IEnumerable<string> Secrets(V1PodSpec pod) =>
        [
            .. (pod.Volumes ?? []).Select(v => v.Secret?.SecretName).OfType<string>(),
            .. pod.Containers.SelectMany(c => c.Env ?? []).Select(e => e.ValueFrom?.SecretKeyRef?.Name).OfType<string>(),
            .. pod
                .Containers.SelectMany(c => c.EnvFrom ?? [])
                .Where(e => e.SecretRef?.Optional != true)
                .Select(e => e.SecretRef?.Name)
                .OfType<string>(),
        ];

    private static IEnumerable<string> Service(RenderedSet set, V1Service service)
    {
        var pods = Selected(set, service.Spec.Selector).ToList();
        if (pods.Count != 1)
        {
            yield return $"selects the pods of {pods.Count} workloads";
        }

        foreach (var port in service.Spec.Ports)
        {
            var target = port.TargetPort?.ToString() ?? $"{port.Port}";
            if (!pods.SelectMany(Ports).Any(p => p.Name == target || $"{p.ContainerPort}" == target))
            {
                yield return $"targetPort {target} is no port of its pods";
            }
        }
    }

    private static IEnumerable<string> Monitor(RenderedSet set, ServiceMonitor monitor)
    {
        var services = set.Of<V1Service>()
            .Where(s =>
                monitor.Spec.Selector.MatchLabels.All(l => s.Metadata.Labels?.TryGetValue(l.Key, out var v) == true && v == l.Value)
            )
            .ToList();
        return monitor
            .Spec.Endpoints.Where(e => !services.Any(s => s.Spec.Ports.Any(p => p.Name == e.Port)))
            .Select(e => $"ServiceMonitor {monitor.Metadata.Name}: no service has port {e.Port}");
    }

    private static IEnumerable<string> Monitor(RenderedSet set, PodMonitor monitor) =>
        monitor
            .Spec.Endpoints.Where(e => !Selected(set, monitor.Spec.Selector.MatchLabels).SelectMany(Ports).Any(p => p.Name == e.Port))
            .Select(e => $"PodMonitor {monitor.Metadata.Name}: no pod has port {e.Port}");

    public static IEnumerable<V1ContainerPort> Ports(V1StatefulSet workload) =>
        workload.Spec.Template.Spec.Containers.SelectMany(c => c.Ports ?? []);

    private static bool Has<T>(RenderedSet set, string name)
        where T : class, k8s.IKubernetesObject<V1ObjectMeta> => set.Of<T>().Any(o => o.Metadata.Name == name);
}
