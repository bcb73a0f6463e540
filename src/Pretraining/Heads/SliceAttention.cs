using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Orchestrator.Pretraining.Heads;

/// <summary>How much each slice of an exam counts: w · tanh(V h), before a softmax over its slices (Ilse, Tomczak and Welling 2018, equation 8).</summary>
public sealed class SliceAttention : nn.Module
{
    /// <summary>Rows of V, as Ilse et al. have it.</summary>
    public const int Hidden = 128;

    private readonly Linear hidden;
    private readonly Linear score;

    /// <param name="dim">D.</param>
    public SliceAttention(int dim)
        : base(nameof(SliceAttention))
    {
        hidden = nn.Linear(dim, Hidden, hasBias: false);
        score = nn.Linear(Hidden, 1, hasBias: false);
        RegisterComponents();
    }

    /// <param name="features"><c>[places, exams, D]</c>.</param>
    /// <returns><c>[places, exams]</c>.</returns>
    public Tensor Forward(Tensor features) => score.forward(hidden.forward(features).tanh()).squeeze(-1);
}
