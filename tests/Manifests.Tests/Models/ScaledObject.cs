using k8s.Models;

namespace Orchestrator.Manifests.Tests.Models;

// What these manifests use of keda.sh/v1alpha1.

internal sealed record ScaledObject(string ApiVersion, string Kind, V1ObjectMeta Metadata, ScaledObjectSpec Spec);

internal sealed record ScaledObjectSpec(
    ScaledTarget ScaleTargetRef,
    int MinReplicaCount,
    int MaxReplicaCount,
    int PollingInterval,
    int CooldownPeriod,
    ScalingAdvice Advanced,
    IReadOnlyList<ScalingTrigger> Triggers
);

internal sealed record ScaledTarget(string ApiVersion, string Kind, string Name);

internal sealed record ScalingAdvice(ScalerOptions HorizontalPodAutoscalerConfig);

internal sealed record ScalerOptions(V2HorizontalPodAutoscalerBehavior Behavior);

internal sealed record ScalingTrigger(string Type, IReadOnlyDictionary<string, string> Metadata);
