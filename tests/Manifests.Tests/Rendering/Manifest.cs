using System.Text.Json.Nodes;

namespace Orchestrator.Manifests.Tests.Rendering;

/// <summary>One object of a rendered folder.</summary>
/// <param name="Type">API version and kind: <c>apps/v1/StatefulSet</c>.</param>
internal sealed record Manifest(string Type, string Name, JsonObject Json)
{
    public static Manifest Of(JsonObject json) =>
        new($"{json["apiVersion"]}/{json["kind"]}", json["metadata"]?["name"]?.ToString() ?? "", json);

    public override string ToString() => $"{Type[(Type.LastIndexOf('/') + 1)..]} {Name}";
}
