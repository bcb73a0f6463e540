using k8s.Models;
using Orchestrator.Manifests.Tests.Models;
using Orchestrator.Manifests.Tests.Rendering;
using Xunit;

namespace Orchestrator.Manifests.Tests;

/// <summary>Overlays and components differ as k8s/README.md says.</summary>
public sealed class OverlayTests(RenderedFolders rendered)
{
    private const string Gpu = "nvidia.com/gpu";

    [Fact]
    public void Cpu_asks_for_no_GPU()
    {
        var set = rendered.Of("overlays/cpu");
        Assert.DoesNotContain("nvidia", set.Text, StringComparison.Ordinal);
        Assert.Equal("cpu", set.Settings("worker-settings")["ORCHESTRATOR_Device"]);
    }

    [Fact]
    public void Gpu_h100_takes_one_product_and_its_memory()
    {
        var set = rendered.Of("overlays/gpu-h100");
        var pod = set.Workload("worker").Spec.Template.Spec;
        Assert.Equal("1", set.Container("worker").Resources.Limits[Gpu].ToString());
        Assert.Contains(pod.Tolerations, t => t.Key == Gpu);
        var term = Assert.Single(Required(pod).SelectMany(t => t.MatchExpressions));
        Assert.Equal(("nvidia.com/gpu.product", 1), (term.Key, term.Values.Count));
        var memory = pod.Volumes.Single(v => v.Name == "shm").EmptyDir;
        Assert.Equal(("Memory", "16Gi"), (memory.Medium, memory.SizeLimit.ToString()));
    }

    [Fact]
    public void Spot_is_for_workers_and_not_for_the_coordinator()
    {
        var set = rendered.Of("overlays/spot");
        var worker = set.Workload("worker").Spec.Template.Spec;
        Assert.Contains(worker.Tolerations, t => t.Key == "cloud.google.com/gke-spot");
        Assert.All(
            worker.Affinity.NodeAffinity.PreferredDuringSchedulingIgnoredDuringExecution.SelectMany(p => p.Preference.MatchExpressions),
            e => Assert.Equal("In", e.OperatorProperty)
        );
        var coordinator = set.Workload("coordinator").Spec.Template.Spec;
        Assert.Null(coordinator.Tolerations);
        Assert.All(Required(coordinator).SelectMany(t => t.MatchExpressions), e => Assert.Equal("NotIn", e.OperatorProperty));
    }

    [Fact]
    public void Dev_is_small_and_needs_nothing_else()
    {
        var set = rendered.Of("overlays/dev");
        decimal Sum(string resource) =>
            set.Workloads.Sum(w =>
                w.Spec.Replicas!.Value * w.Spec.Template.Spec.Containers.Sum(c => c.Resources.Requests[resource].ToDecimal())
            );
        Assert.True(Sum("cpu") <= 1, $"{Sum("cpu")} cores");
        Assert.True(Sum("memory") <= 4m * 1024 * 1024 * 1024, $"{Sum("memory")} bytes");
        Assert.All(
            set.Of<V1PersistentVolumeClaim>().Concat(set.Workloads.SelectMany(w => w.Spec.VolumeClaimTemplates ?? [])),
            claim => Assert.Equal(["ReadWriteOnce"], claim.Spec.AccessModes)
        );
        Assert.Equal(["api-token", "join-token"], set.Of<V1Secret>().Select(s => s.Metadata.Name).Order());
    }

    /// <summary>A token that is in the repository is everybody's.</summary>
    [Fact]
    public void Only_dev_brings_a_token() =>
        Assert.Equal(["overlays/dev"], RenderedFolders.All.Where(folder => rendered.Of(folder).Of<V1Secret>().Count > 0));

    [Fact]
    public void Ha_has_three_coordinators_that_start_together_and_one_database()
    {
        var set = rendered.Of("overlays/ha");
        var spec = set.Workload("coordinator").Spec;
        Assert.Equal((3, "Parallel"), (spec.Replicas, spec.PodManagementPolicy));
        Assert.Contains(spec.Template.Spec.TopologySpreadConstraints, c => c.WhenUnsatisfiable == "DoNotSchedule");
        Assert.Equal("postgres", set.Settings("coordinator-settings")["ORCHESTRATOR_Journal__Provider"]);
        Assert.Equal("/readyz/member", set.Container("coordinator").ReadinessProbe.HttpGet.Path);
        Assert.Contains(set.Workloads, w => w.Metadata.Name == "postgres");
        Assert.Equal("1", set.Of<V1PodDisruptionBudget>().Single(b => b.Metadata.Name == "coordinator").Spec.MaxUnavailable.ToString());
    }

    /// <summary>SQLite fences only who shares its file.</summary>
    [Fact]
    public void Without_ha_there_is_one_coordinator_with_a_volume_for_one_pod()
    {
        foreach (var set in RenderedFolders.Overlays.Where(o => o is not ("overlays/ha" or "overlays/dev")).Select(rendered.Of))
        {
            var spec = set.Workload("coordinator").Spec;
            Assert.Equal((1, "sqlite"), (spec.Replicas, set.Settings("coordinator-settings")["ORCHESTRATOR_Journal__Provider"]));
            Assert.Equal(["ReadWriteOncePod"], Assert.Single(spec.VolumeClaimTemplates).Spec.AccessModes);
        }
    }

    [Fact]
    public void An_object_store_takes_the_place_of_the_data_volume()
    {
        var set = rendered.Of("components/data-s3");
        Assert.DoesNotContain(set.Of<V1PersistentVolumeClaim>(), claim => claim.Metadata.Name == "data");
        Assert.DoesNotContain(set.Container("worker").VolumeMounts, mount => mount.MountPath == "/data");
        Assert.StartsWith("s3://", set.Settings("worker-settings")["ORCHESTRATOR_DataRoot"], StringComparison.Ordinal);
        var state = set.Workload("worker").Spec.Template.Spec.Volumes.Single(v => v.Name == "state").EmptyDir.SizeLimit;
        Assert.True(state.ToDecimal() > 50m * 1024 * 1024 * 1024, $"{state} is no room for the cache of 50 GiB");
    }

    [Fact]
    public void Monitoring_brings_monitors_and_the_dashboard_with_its_label()
    {
        var set = rendered.Of("components/monitoring");
        Assert.Single(set.Of<ServiceMonitor>());
        Assert.Single(set.Of<PodMonitor>());
        var dashboard = set.Of<V1ConfigMap>().Single(c => c.Data.ContainsKey("orchestrator.json"));
        Assert.Equal("1", dashboard.Metadata.Labels["grafana_dashboard"]);
    }

    [Fact]
    public void Workers_are_scaled_by_metrics_that_there_are()
    {
        var trigger = Assert.Single(Assert.Single(rendered.Of("components/queue-scaling").Of<ScaledObject>()).Spec.Triggers);
        Assert.Contains(Shared.Telemetry.MetricNames.Workers, trigger.Metadata["query"], StringComparison.Ordinal);
        Assert.Contains(Shared.Telemetry.MetricNames.QueuedRuns, trigger.Metadata["query"], StringComparison.Ordinal);
    }

    private static IList<V1NodeSelectorTerm> Required(V1PodSpec pod) =>
        pod.Affinity.NodeAffinity.RequiredDuringSchedulingIgnoredDuringExecution.NodeSelectorTerms;
}
