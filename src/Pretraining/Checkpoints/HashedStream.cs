using System.Security.Cryptography;

namespace Orchestrator.Pretraining.Checkpoints;

/// <summary>Passes bytes to or from a stream in order and hashes them on the way, while they are in the processor's cache: no second pass over the file.</summary>
internal sealed class HashedStream(Stream stream) : IDisposable
{
    private const int Chunk = 256 * 1024;
    private readonly IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

    public void Write(ReadOnlySpan<byte> bytes)
    {
        for (; bytes.Length > 0; bytes = bytes[Math.Min(Chunk, bytes.Length)..])
        {
            var piece = bytes[..Math.Min(Chunk, bytes.Length)];
            hash.AppendData(piece);
            stream.Write(piece);
        }
    }

    /// <exception cref="EndOfStreamException">The stream ends before the bytes are full.</exception>
    public void ReadExactly(Span<byte> bytes)
    {
        for (; bytes.Length > 0; bytes = bytes[Math.Min(Chunk, bytes.Length)..])
        {
            var piece = bytes[..Math.Min(Chunk, bytes.Length)];
            stream.ReadExactly(piece);
            hash.AppendData(piece);
        }
    }

    /// <summary>SHA-256 of all that passed, lower-case hex.</summary>
    public string Sha256() => Convert.ToHexStringLower(hash.GetCurrentHash());

    public void Dispose() => hash.Dispose();
}
