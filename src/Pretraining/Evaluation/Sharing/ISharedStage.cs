namespace Orchestrator.Pretraining.Evaluation.Sharing;

/// <summary>
/// A part of an evaluation that falls into pieces: what a piece comes to is a function of the evaluation, so whoever computes it, everybody may use it. Which
/// pieces there are depends on no thread and no worker. Different pieces are asked for from several threads at once.
/// </summary>
public interface ISharedStage
{
    /// <summary>Pieces.</summary>
    int Count { get; }

    /// <summary>Computes a piece and keeps what it comes to.</summary>
    /// <param name="thread">Of the gang; 0 without one.</param>
    /// <param name="piece">0 … Count − 1.</param>
    void Compute(int thread, int piece, CancellationToken cancellation);

    /// <summary>A computed piece, for others.</summary>
    byte[] Save(int piece);

    /// <summary>Keeps a piece that another one computed.</summary>
    /// <exception cref="InvalidDataException">It is none of this stage's.</exception>
    void Load(int piece, ReadOnlySpan<byte> saved);
}
