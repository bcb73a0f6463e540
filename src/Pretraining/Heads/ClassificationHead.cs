using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Orchestrator.Pretraining.Heads;

/// <summary>A linear classifier on what stands for a view: <c>[b, D]</c> → <c>[b, K]</c>.</summary>
public sealed class ClassificationHead : nn.Module
{
    private readonly Linear linear;

    /// <param name="dim">D.</param>
    /// <param name="classes">K.</param>
    /// <param name="ofPatches">It reads the mean of the normed patch tokens, and not the class token.</param>
    public ClassificationHead(int dim, int classes, bool ofPatches)
        : base(nameof(ClassificationHead))
    {
        OfPatches = ofPatches;
        linear = nn.Linear(dim, classes);
        RegisterComponents();
    }

    /// <summary>Whether it reads the mean of the patch tokens.</summary>
    public bool OfPatches { get; }

    /// <param name="features"><c>[b, D]</c>.</param>
    public Tensor Forward(Tensor features) => linear.forward(features);
}
