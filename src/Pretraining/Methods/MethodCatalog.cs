using Orchestrator.Pretraining.Methods.Contrastive;
using Orchestrator.Pretraining.Methods.Distillation;
using Orchestrator.Pretraining.Methods.Gmml;
using Orchestrator.Shared.Runs;

namespace Orchestrator.Pretraining.Methods;

/// <summary>The methods by name.</summary>
public static class MethodCatalog
{
    public static IPretrainingMethod Create(RunSpec spec) =>
        spec.Method switch
        {
            MethodName.Gmml or MethodName.Mim => new GmmlMethod(spec),
            MethodName.Clustering or MethodName.MimClustering or MethodName.Asit or MethodName.SbSsl => new DistillationMethod(spec),
            MethodName.Contrastive => new ContrastiveMethod(spec),
            _ => throw new ArgumentOutOfRangeException(nameof(spec), spec.Method, "no such method"),
        };
}
