using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Orchestrator.Shared.Protocol;

namespace Orchestrator.Shared.Api;

/// <summary>
/// lossesSha256: SHA-256 over the rows in step order; a row is its step (int64), then of each loss term the UTF-8 name, a zero byte and the
/// float64 bits, all little-endian; every NaN has the bits of .NET's, 0xFFF8000000000000.
/// </summary>
public sealed class LossDigest : IDisposable
{
    private readonly IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private long next;

    /// <summary>Adds the next row; rows come in step order without a gap.</summary>
    public void Add(long step, IReadOnlyList<LossTerm> losses)
    {
        if (step != next)
        {
            throw new ArgumentException($"The loss row of step {step} came where step {next}'s was due.", nameof(step));
        }

        next++;
        Span<byte> number = stackalloc byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(number, step);
        hash.AppendData(number);
        foreach (var term in losses)
        {
            hash.AppendData(Encoding.UTF8.GetBytes(term.Name));
            hash.AppendData([0]);
            BinaryPrimitives.WriteDoubleLittleEndian(number, double.IsNaN(term.Value) ? double.NaN : term.Value);
            hash.AppendData(number);
        }
    }

    /// <summary>Lower-case hex of what was added so far.</summary>
    public string Hex() => Convert.ToHexStringLower(hash.GetCurrentHash());

    public void Dispose() => hash.Dispose();
}
