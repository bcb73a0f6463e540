using System.Runtime.InteropServices;
using Orchestrator.Pretraining.Objectives;
using Orchestrator.Shared.Protocol;
using Orchestrator.Shared.Runs;
using static TorchSharp.torch;

namespace Orchestrator.Pretraining.Methods.Gmml;

/// <summary>
/// GMML: group masked model learning (Atito et al., "GMML is all you need", 2022), also the study's masked image modeling alone (<c>mim</c>). Groups of connected tokens are corrupted; the network
/// reconstructs the view from the mean of several blocks' patch tokens. Loss: mean L1 over the masked values of the global batch; that of local
/// views, where there are any, is added to that of the whole-size ones.
/// </summary>
public sealed class GmmlMethod(RunSpec spec) : IPretrainingMethod
{
    private readonly DropPath dropPath = new(spec.Seed, spec.Backbone.DropPath, spec.Backbone.Custom.Depth);

    public IReadOnlyList<string> LossTerms { get; } =
        spec.Options.LocalViews is null ? ["reconstruction"] : ["reconstruction", "local-reconstruction"];

    public bool HasTeacher => false;

    public IReadOnlyList<(string Name, int Length)> Centers { get; } = [];

    public PretrainingNetwork CreateNetwork() => NetworkFactory.Create(spec);

    public object? CreateShardMemory(int rows) => null;

    public void PrepareShard(ShardWork work, PretrainingNetwork student, PretrainingNetwork? teacher, StepContext step) { }

    public void ExchangeStatistics(StepContext step) { }

    public void BackwardShard(ShardWork work, PretrainingNetwork student, StepContext step)
    {
        var (loss, features) = Reconstruct(work, work.Views, student, step);
        work.Losses = work.Views.Local is { } local ? [loss, Reconstruct(work, local, student, step).Loss] : [loss];
        work.Health = new double[HealthLength];
        var values = MemoryMarshal.Cast<byte, float>(features.contiguous().bytes);
        work.Keep(values);
        FeatureSpread.Add(values, work.Health);
    }

    public int HealthLength => 2 * spec.Backbone.Custom.Dim;

    public IReadOnlyList<HealthFigure> Health(ReadOnlySpan<double> sums, StepContext step) =>
        [new HealthFigure(HealthFigures.FeatureDeviation, FeatureSpread.Deviation(sums, step.ViewRows))];

    public void AfterCommit(StepContext step) { }

    /// <summary>Forward, loss and backward of views of one size.</summary>
    private (double Loss, Tensor Features) Reconstruct(ShardWork work, ShardViews views, PretrainingNetwork student, StepContext step)
    {
        var output = student.Student(views.Seen, dropPath.Draw(views), views.Group.Grid, work.FrontOf(views));
        var reconstruction = output.Reconstruction!;
        var gradient = empty_like(reconstruction);
        var loss = ReconstructionLoss.Of(views, reconstruction, gradient, step.MaskedScale(views));
        autograd.backward([reconstruction], [gradient]);
        return (loss, output.Features);
    }
}
