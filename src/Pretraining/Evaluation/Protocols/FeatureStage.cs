using System.Runtime.InteropServices;
using Orchestrator.Pretraining.Evaluation.Probes;
using Orchestrator.Pretraining.Evaluation.Sharing;

namespace Orchestrator.Pretraining.Evaluation.Protocols;

/// <summary>The features of samples, some batches in a row a piece: the rows of every matrix, one matrix after another.</summary>
/// <param name="features">Are filled.</param>
/// <param name="samples">Their number.</param>
/// <param name="each">Samples a piece; whole batches.</param>
/// <param name="batch">Samples a batch.</param>
/// <param name="compute">Fills a batch's rows, from thread and first sample.</param>
/// <param name="batchDone">Told after each batch, on any thread.</param>
internal sealed class FeatureStage(
    IReadOnlyList<SampleFeatures> features,
    int samples,
    int each,
    int batch,
    Action<int, int> compute,
    Action batchDone
) : ISharedStage
{
    private readonly FeatureMatrix[] matrices = [.. features.SelectMany(f => new[] { f.Samples, f.Patches }).OfType<FeatureMatrix>()];

    public int Count => (samples + each - 1) / each;

    public void Compute(int thread, int piece, CancellationToken cancellation)
    {
        for (var first = piece * each; first < End(piece); first += batch)
        {
            cancellation.ThrowIfCancellationRequested();
            compute(thread, first);
            batchDone();
        }
    }

    public byte[] Save(int piece)
    {
        var saved = new byte[Length(piece)];
        var at = 0;
        foreach (var matrix in matrices)
        {
            var rows = MemoryMarshal.AsBytes(Rows(matrix, piece));
            rows.CopyTo(saved.AsSpan(at));
            at += rows.Length;
        }

        return saved;
    }

    public void Load(int piece, ReadOnlySpan<byte> saved)
    {
        if (saved.Length != Length(piece))
        {
            throw new InvalidDataException($"piece {piece} has {saved.Length} bytes of features, not {Length(piece)}");
        }

        foreach (var matrix in matrices)
        {
            var rows = MemoryMarshal.AsBytes(Rows(matrix, piece));
            saved[..rows.Length].CopyTo(rows);
            saved = saved[rows.Length..];
        }

        for (var first = piece * each; first < End(piece); first += batch)
        {
            batchDone();
        }
    }

    private int End(int piece) => Math.Min(samples, (piece + 1) * each);

    private int Length(int piece) => matrices.Sum(matrix => sizeof(float) * Rows(matrix, piece).Length);

    /// <summary>Of the piece's samples; of patches each sample has as many.</summary>
    private Span<float> Rows(FeatureMatrix matrix, int piece)
    {
        var length = matrix.Rows / samples * matrix.Columns;
        return matrix.Values.Slice(piece * each * length, (End(piece) - (piece * each)) * length);
    }
}
