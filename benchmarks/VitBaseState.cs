using Orchestrator.Pretraining.Methods;
using Orchestrator.Pretraining.Training;
using Orchestrator.Shared.Runs;
using Orchestrator.Worker.Ranks;

namespace Orchestrator.Benchmarks;

/// <summary>The whole state of a run of a ViT-B: student, teacher, AdamW's moments.</summary>
internal static class VitBaseState
{
    public static RunSpec Spec { get; } =
        RunSpecParser
            .Parse("method: mim-clustering\ndata: { images: x }\nbatch: { size: 64, shards: 4 }\nbackbone: { preset: vit-base }")
            .Spec!;

    /// <summary>It lives as long as the process.</summary>
    public static TrainingRunState Create()
    {
        var state = InitialState.Create(Spec, MethodCatalog.Create(Spec));
        // Moments are zero at first: a disk might make less of them.
        state.Student.Host.Span.CopyTo(state.FirstMoment.Host.Span);
        state.Student.Host.Span.CopyTo(state.SecondMoment.Host.Span);
        state.SetStep(1, 1);
        return new TrainingRunState(state, owned: false);
    }

    /// <summary>Of the buffers that a copy sends.</summary>
    public static long Bytes(IRankState state) => state.Regions.Sum(region => (long)region.Buffer.Length * sizeof(float));
}
