using System.Text.Json;
using Orchestrator.Shared.Runs;

namespace Orchestrator.Pretraining.Evaluation.Sharing;

/// <summary>A stage whose pieces come to small results: numbers, figures.</summary>
/// <param name="count">Pieces.</param>
/// <param name="compute">A piece's result, from thread and piece.</param>
/// <param name="done">Told after each piece, on any thread.</param>
internal sealed class ResultStage<T>(int count, Func<int, int, T> compute, Action? done = null) : ISharedStage
{
    private readonly T[] results = new T[count];

    public int Count => count;

    /// <summary>Of all pieces, once the stage has run.</summary>
    public IReadOnlyList<T> Results => results;

    public void Compute(int thread, int piece, CancellationToken cancellation)
    {
        results[piece] = compute(thread, piece);
        done?.Invoke();
    }

    // Numbers are written so that the same bits are read.
    public byte[] Save(int piece) => JsonSerializer.SerializeToUtf8Bytes(results[piece], RunSpecJson.Options);

    public void Load(int piece, ReadOnlySpan<byte> saved)
    {
        try
        {
            results[piece] = JsonSerializer.Deserialize<T>(saved, RunSpecJson.Options) ?? throw new InvalidDataException("null");
        }
        catch (JsonException exception)
        {
            throw new InvalidDataException(exception.Message, exception);
        }

        done?.Invoke();
    }
}
