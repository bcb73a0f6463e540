using static TorchSharp.torch;

namespace Orchestrator.Pretraining.Backbones;

/// <summary>What one forward pass has to give.</summary>
public sealed record BackbonePass
{
    /// <summary>1-based blocks whose outputs are wanted.</summary>
    public IReadOnlyList<int> Blocks { get; init; } = [];

    /// <summary>Two scales <c>[b, 1, 1]</c> a block, attention's and MLP's (0 or 1 / keep probability); null for none.</summary>
    public Tensor[]? DropPath { get; init; }

    /// <summary>Compute the class token alone in the last block: all that a read-out of it needs.</summary>
    public bool ClassTokenOnlyInLastBlock { get; init; }
}

/// <param name="Tokens">The last block's output before the final norm: <c>[b, 1 + N, D]</c>, or <c>[b, 1, D]</c> for the class token only.</param>
/// <param name="Blocks">Outputs of the blocks asked for, <c>[b, 1 + N, D]</c> each.</param>
public sealed record BackboneOutput(Tensor Tokens, IReadOnlyList<Tensor> Blocks);
