using k8s.Models;
using Orchestrator.Manifests.Tests.Models;

namespace Orchestrator.Manifests.Tests.Rendering;

/// <summary>What one folder renders to.</summary>
internal sealed class RenderedSet(string folder, string text)
{
    private IReadOnlyList<V1StatefulSet>? workloads;

    public string Folder => folder;

    public string Text => text;

    public IReadOnlyList<Manifest> All { get; } = [.. YamlDocuments.Read(text).Select(Manifest.Of)];

    /// <summary>Read once: rules compare them by reference.</summary>
    public IReadOnlyList<V1StatefulSet> Workloads => workloads ??= Of<V1StatefulSet>();

    /// <summary>Objects of one kind, read strictly.</summary>
    public IReadOnlyList<T> Of<T>()
        where T : class => [.. All.Where(m => Schema.TypeOf(m) == typeof(T)).Select(Schema.Read<T>)];

    public V1StatefulSet Workload(string name) => Workloads.Single(w => w.Metadata.Name == name);

    public V1Container Container(string workload) => Workload(workload).Spec.Template.Spec.Containers.Single();

    public IDictionary<string, string> Settings(string configMap) => Of<V1ConfigMap>().Single(c => c.Metadata.Name == configMap).Data;
}
