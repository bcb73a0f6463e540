using System.Runtime.InteropServices;
using Orchestrator.Pretraining.Objectives;
using Orchestrator.Shared.Protocol;
using Orchestrator.Shared.Runs;
using static TorchSharp.torch;

namespace Orchestrator.Pretraining.Methods.Gmml;

/// <summary>
/// GMML: group masked model learning (Atito et al., "GMML is all you need", 2022), also the study's masked image modeling alone (<c>mim</c>). Groups of connected tokens are corrupted; the network
/// reconstructs the view from the mean of several blocks' patch tokens. Loss: mean L1 over the masked values of the global batch.
/// </summary>
public sealed class GmmlMethod(RunSpec spec) : IPretrainingMethod
{
    private readonly DropPath dropPath = new(spec.Seed, spec.Backbone.DropPath, spec.Backbone.Custom.Depth);

    public IReadOnlyList<string> LossTerms { get; } = ["reconstruction"];

    public bool HasTeacher => false;

    public IReadOnlyList<(string Name, int Length)> Centers { get; } = [];

    public PretrainingNetwork CreateNetwork() => NetworkFactory.Create(spec);

    public object? CreateShardMemory(int rows) => null;

    public void PrepareShard(ShardWork work, PretrainingNetwork student, PretrainingNetwork? teacher, StepContext step) { }

    public void ExchangeStatistics(StepContext step) { }

    public void BackwardShard(ShardWork work, PretrainingNetwork student, StepContext step)
    {
        var drops = dropPath.Draw(work.Views, step.Epoch, spec.Options.Views);
        var output = student.Student(work.Views.Corrupted, drops);
        var reconstruction = output.Reconstruction!;
        var gradient = empty_like(reconstruction);
        var loss = ReconstructionLoss.Of(work, reconstruction, gradient, step.MaskedScale(work));
        autograd.backward([reconstruction], [gradient]);
        work.Losses = [loss];
        work.Health = new double[HealthLength];
        FeatureSpread.Add(MemoryMarshal.Cast<byte, float>(output.Features.contiguous().bytes), work.Health);
    }

    public int HealthLength => 2 * spec.Backbone.Custom.Dim;

    public IReadOnlyList<HealthFigure> Health(ReadOnlySpan<double> sums, StepContext step) =>
        [new HealthFigure(HealthFigures.FeatureDeviation, FeatureSpread.Deviation(sums, step.ViewRows))];

    public void AfterCommit(StepContext step) { }
}
