using Orchestrator.Pretraining.Methods.Gmml;
using Orchestrator.Pretraining.Methods.MimClustering;
using Orchestrator.Shared.Runs;

namespace Orchestrator.Pretraining.Methods;

/// <summary>The methods by name.</summary>
public static class MethodCatalog
{
    public static IPretrainingMethod Create(RunSpec spec) =>
        spec.Method switch
        {
            MethodName.Gmml => new GmmlMethod(spec),
            MethodName.MimClustering => new MimClusteringMethod(spec),
            _ => throw new ArgumentOutOfRangeException(nameof(spec), spec.Method, "no such method"),
        };
}
