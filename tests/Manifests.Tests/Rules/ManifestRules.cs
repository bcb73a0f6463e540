using Orchestrator.Manifests.Tests.Models;
using Orchestrator.Manifests.Tests.Rendering;

namespace Orchestrator.Manifests.Tests.Rules;

/// <summary>Everything that a rendered folder has to keep to.</summary>
internal static class ManifestRules
{
    /// <summary>What is wrong, in words; objects that the schema refuses are not looked at further.</summary>
    public static IReadOnlyList<string> Problems(RenderedSet set)
    {
        string[] refused = [.. set.All.SelectMany(Schema.Problems)];
        return refused.Length > 0
            ? refused
            :
            [
                .. PodSecurityRule.Problems(set),
                .. ContainerRule.Problems(set),
                .. ReferenceRule.Problems(set),
                .. NetworkRule.Problems(set),
            ];
    }
}
