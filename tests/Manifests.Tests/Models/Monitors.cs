using System.Text.Json.Serialization;
using k8s.Models;

namespace Orchestrator.Manifests.Tests.Models;

// What these manifests use of objects that are not the Kubernetes API's own, after prometheus-operator's monitoring.coreos.com/v1.

internal sealed record ServiceMonitor(string ApiVersion, string Kind, V1ObjectMeta Metadata, ServiceMonitorSpec Spec);

internal sealed record ServiceMonitorSpec(V1LabelSelector Selector, IReadOnlyList<ScrapedPort> Endpoints);

internal sealed record PodMonitor(string ApiVersion, string Kind, V1ObjectMeta Metadata, PodMonitorSpec Spec);

internal sealed record PodMonitorSpec(
    V1LabelSelector Selector,
    [property: JsonPropertyName("podMetricsEndpoints")] IReadOnlyList<ScrapedPort> Endpoints
);

/// <param name="Port">A port's name.</param>
internal sealed record ScrapedPort(string Port, string Path, string Interval);
