using System.Globalization;
using k8s.Models;

namespace Orchestrator.Manifests.Tests.Rendering;

/// <summary>The variables that a pod's container gets, as the node's agent would resolve them.</summary>
internal static class PodEnvironment
{
    public const string PodAddress = "10.1.2.3";
    private const string Prefix = "ORCHESTRATOR_";

    /// <param name="ordinal">Of the pod: its name is <c>workload-ordinal</c>.</param>
    /// <param name="secrets">By name and key.</param>
    /// <returns>Settings by their names in the program: <c>Akka:Host</c>.</returns>
    public static Dictionary<string, string> Settings(
        RenderedSet set,
        string workload,
        int ordinal,
        IReadOnlyDictionary<string, string> secrets
    )
    {
        var container = set.Container(workload);
        var variables = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var map in container.EnvFrom.Select(from => from.ConfigMapRef).OfType<V1ConfigMapEnvSource>())
        {
            foreach (var (name, value) in set.Settings(map.Name))
            {
                variables[name] = value;
            }
        }

        foreach (var variable in container.Env)
        {
            variables[variable.Name] = variable.ValueFrom is { } source
                ? From(source, container, $"{workload}-{ordinal}", secrets)
                : Expand(variable.Value, variables);
        }

        return variables
            .Where(v => v.Key.StartsWith(Prefix, StringComparison.Ordinal))
            .ToDictionary(v => v.Key[Prefix.Length..].Replace("__", ":", StringComparison.Ordinal), v => v.Value, StringComparer.Ordinal);
    }

    private static string From(V1EnvVarSource source, V1Container container, string pod, IReadOnlyDictionary<string, string> secrets) =>
        source switch
        {
            { FieldRef.FieldPath: "metadata.name" } => pod,
            { FieldRef.FieldPath: "status.podIP" } => PodAddress,
            // In whole cores, upwards.
            { ResourceFieldRef.Resource: "requests.cpu" } => Math.Ceiling(container.Resources.Requests["cpu"].ToDecimal())
                .ToString(CultureInfo.InvariantCulture),
            { SecretKeyRef: { } secret } => secrets[$"{secret.Name}/{secret.Key}"],
            _ => throw new InvalidOperationException($"{container.Name}: a variable's source that is not known here"),
        };

    /// <summary>$(NAME) of variables that stand before; any other is left as it is, which no program understands.</summary>
    private static string Expand(string value, Dictionary<string, string> variables) =>
        variables.Aggregate(value, (text, v) => text.Replace($"$({v.Key})", v.Value, StringComparison.Ordinal));
}
