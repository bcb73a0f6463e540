using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Orchestrator.Shared.Protocol;

namespace Orchestrator.Shared.Api;

/// <summary>
/// auditSha256, the head of a run's chain of digests: SHA-256 over the rows in step order; a row is its step (int64, little-endian), then the
/// digests of samples, gradient and weights, each as its hex digits (none where the row has none) and a zero byte. The head of a step rests on
/// every row before it.
/// </summary>
public sealed class AuditDigest : IDisposable
{
    private readonly IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private long next;
    private bool isWhole = true;

    /// <summary>Adds the next row; rows come in step order without a gap.</summary>
    /// <param name="audit">Null of a worker that makes no digests: there is no head from then on.</param>
    public void Add(long step, AuditRow? audit)
    {
        if (step != next)
        {
            throw new ArgumentException($"The audit of step {step} came where step {next}'s was due.", nameof(step));
        }

        next++;
        isWhole &= audit is not null;
        Span<byte> number = stackalloc byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(number, step);
        hash.AppendData(number);
        foreach (var digest in new[] { audit?.Samples, audit?.Gradient, audit?.Weights })
        {
            hash.AppendData(Encoding.UTF8.GetBytes(digest ?? ""));
            hash.AppendData([0]);
        }
    }

    /// <summary>Lower-case hex of what was added so far; null before a row, and where a row had no digests.</summary>
    public string? Hex() => isWhole && next > 0 ? Convert.ToHexStringLower(hash.GetCurrentHash()) : null;

    public void Dispose() => hash.Dispose();
}
