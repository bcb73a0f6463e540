using System.Collections.Frozen;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using k8s.Models;
using Orchestrator.Manifests.Tests.Rendering;

namespace Orchestrator.Manifests.Tests.Models;

/// <summary>
/// The schema is KubernetesClient's models of the API (1.37 in version 21): unknown fields, values of another type and quantities that are none are refused.
/// What is required they do not say, so what these kinds cannot do without stands here.
/// </summary>
internal static class Schema
{
    private static readonly FrozenDictionary<string, Type> Types = new Dictionary<string, Type>(StringComparer.Ordinal)
    {
        ["v1/Namespace"] = typeof(V1Namespace),
        ["v1/ServiceAccount"] = typeof(V1ServiceAccount),
        ["v1/ConfigMap"] = typeof(V1ConfigMap),
        ["v1/Secret"] = typeof(V1Secret),
        ["v1/Service"] = typeof(V1Service),
        ["v1/PersistentVolumeClaim"] = typeof(V1PersistentVolumeClaim),
        ["apps/v1/StatefulSet"] = typeof(V1StatefulSet),
        ["policy/v1/PodDisruptionBudget"] = typeof(V1PodDisruptionBudget),
        ["networking.k8s.io/v1/NetworkPolicy"] = typeof(V1NetworkPolicy),
        ["monitoring.coreos.com/v1/ServiceMonitor"] = typeof(ServiceMonitor),
        ["monitoring.coreos.com/v1/PodMonitor"] = typeof(PodMonitor),
        ["keda.sh/v1alpha1/ScaledObject"] = typeof(ScaledObject),
    }.ToFrozenDictionary(StringComparer.Ordinal);

    private static readonly FrozenDictionary<Type, string[]> Wanted = new Dictionary<Type, string[]>
    {
        [typeof(V1StatefulSet)] =
        [
            "spec.selector.matchLabels",
            "spec.serviceName",
            "spec.template.metadata.labels",
            "spec.template.spec.containers.name",
            "spec.template.spec.containers.image",
        ],
        [typeof(V1Service)] = ["spec.selector", "spec.ports.port", "spec.ports.name"],
        [typeof(V1PersistentVolumeClaim)] = ["spec.accessModes", "spec.resources.requests.storage"],
        [typeof(V1PodDisruptionBudget)] = ["spec.selector.matchLabels"],
        [typeof(V1NetworkPolicy)] = ["spec.podSelector", "spec.policyTypes"],
    }.ToFrozenDictionary();

    private static readonly JsonSerializerOptions Strict = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        RespectRequiredConstructorParameters = true,
    };

    public static Type? TypeOf(Manifest manifest) => Types.GetValueOrDefault(manifest.Type);

    public static T Read<T>(Manifest manifest)
        where T : class => manifest.Json.Deserialize<T>(Strict)!;

    /// <summary>What is wrong with it; none: the API would know each field of it.</summary>
    public static IReadOnlyList<string> Problems(Manifest manifest)
    {
        if (TypeOf(manifest) is not { } type)
        {
            return [$"{manifest}: {manifest.Type} is no kind that the schema knows"];
        }

        try
        {
            manifest.Json.Deserialize(type, Strict);
        }
        catch (Exception e) when (e is JsonException or FormatException or ArgumentException)
        {
            return [$"{manifest}: {e.Message}"];
        }

        return
        [
            .. Wanted
                .GetValueOrDefault(type, [])
                .Where(path => !Has(manifest.Json, path.Split('.')))
                .Select(path => $"{manifest}: {path} is missing"),
        ];
    }

    /// <summary>Whether a path leads to something, in each element of a list on the way.</summary>
    private static bool Has(JsonNode? node, ReadOnlySpan<string> path)
    {
        if (path.IsEmpty || node is null)
        {
            return node is not null;
        }

        if (node is not JsonArray list)
        {
            return node is JsonObject map && Has(map[path[0]], path[1..]);
        }

        var all = list.Count > 0;
        foreach (var element in list)
        {
            all &= Has(element, path);
        }

        return all;
    }
}
