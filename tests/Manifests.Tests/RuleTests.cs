using Orchestrator.Manifests.Tests.Rendering;
using Orchestrator.Manifests.Tests.Rules;
using Xunit;

namespace Orchestrator.Manifests.Tests;

/// <summary>Each folder against schema and rules, and the rules against planted faults.</summary>
public sealed class RuleTests(RenderedFolders rendered)
{
    public static TheoryData<string> Folders => [.. RenderedFolders.All];

    public static TheoryData<string> Installed => [.. RenderedFolders.Overlays, RenderedFolders.Everything];

    [Theory]
    [MemberData(nameof(Folders))]
    public void Each_folder_keeps_to_schema_and_rules(string folder)
    {
        var set = rendered.Of(folder);
        Assert.NotEmpty(set.All);
        Assert.Empty(ManifestRules.Problems(set));
    }

    [Theory]
    [MemberData(nameof(Installed))]
    public void Policies_name_who_may_reach_each_port(string folder) => Assert.Empty(NetworkRule.Uncovered(rendered.Of(folder)));

    [Theory]
    [InlineData("allowPrivilegeEscalation: false", "allowPrivilegeEscalation: true", "may gain privileges")]
    [InlineData("allowPrivilegeEscalation: false", "allowPrivilegeEscalatoin: false", "allowPrivilegeEscalatoin")]
    [InlineData("readOnlyRootFilesystem: true", "readOnlyRootFilesystem: false", "can write to its root")]
    [InlineData("readOnlyRootFilesystem: true", "readOnlyRootFilesystem: \"true\"", "JSON value could not be converted")]
    [InlineData("runAsNonRoot: true", "runAsNonRoot: false", "runAsNonRoot must be true")]
    [InlineData("runAsUser: 10001", "runAsUser: 0", "runAsUser be set")]
    [InlineData("type: RuntimeDefault", "type: Unconfined", "seccompProfile")]
    [InlineData("- ALL", "- NET_RAW", "has capabilities")]
    [InlineData(
        "      automountServiceAccountToken: false",
        "      automountServiceAccountToken: true",
        "automountServiceAccountToken must"
    )]
    [InlineData("emptyDir:\n          sizeLimit: 1Gi", "hostPath:\n          path: /tmp", "restricted forbids")]
    [InlineData("memory: 8Gi", "memory: 8 GB", "StatefulSet worker: ")]
    [InlineData("ORCHESTRATOR_Akka__Port: \"4053\"", "ORCHESTRATOR_Akka__Port: 4053", "JSON value could not be converted")]
    [InlineData("serviceName: worker-peers", "nodeName: a", "nodeName")]
    [InlineData("serviceName: worker-peers", "serviceName: workers", "its service workers is not there")]
    [InlineData("serviceAccountName: worker", "serviceAccountName: default", "its account default is not there")]
    [InlineData("claimName: storage", "claimName: shelf", "its claim shelf is not there")]
    [InlineData("secretName: join-token", "secretName: token", "nobody makes its secret token")]
    [InlineData("name: worker-settings\n        image", "name: settings\n        image", "its settings settings are not there")]
    [InlineData("targetPort: frames", "targetPort: frame", "targetPort frame is no port")]
    [InlineData("path: /readyz\n", "path: /ready\n", "asks /ready, which nobody serves")]
    [InlineData("port: metrics\n", "port: metric\n", "asks port metric")]
    [InlineData("readinessProbe:", "readinessProb:", "readinessProb")]
    [InlineData("terminationGracePeriodSeconds: 40", "terminationGracePeriodSeconds: 25", "terminationGracePeriodSeconds is not 25 s")]
    [InlineData("mountPath: /dev/shm\n          name: shm", "mountPath: /dev/shm\n          name: shared", "mounts shared")]
    [InlineData("- port: 7070", "- port: 7071", "names port 7071")]
    [InlineData("kind: PodDisruptionBudget", "kind: PodDisruptionBudgets", "no kind that the schema knows")]
    public void A_planted_fault_is_found(string right, string wrong, string problem)
    {
        var text = rendered.Of("overlays/cpu").Text;
        Assert.Contains(right, text, StringComparison.Ordinal);
        var set = new RenderedSet("planted", text.Replace(right, wrong, StringComparison.Ordinal));
        Assert.Contains(ManifestRules.Problems(set), p => p.Contains(problem, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("- port: 9090", "- port: 7070", "nobody may reach port 9090")]
    [InlineData("podSelector: {}", "podSelector:\n    matchLabels:\n      a: b", "no policy keeps everybody out")]
    public void A_port_that_was_forgotten_is_found(string right, string wrong, string problem)
    {
        var text = rendered.Of("overlays/cpu").Text;
        Assert.Contains(right, text, StringComparison.Ordinal);
        var set = new RenderedSet("planted", text.Replace(right, wrong, StringComparison.Ordinal));
        Assert.Contains(NetworkRule.Uncovered(set), p => p.Contains(problem, StringComparison.Ordinal));
    }
}
