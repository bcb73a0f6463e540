using System.Buffers.Binary;
using System.Diagnostics;
using System.IO.Hashing;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Orchestrator.Pretraining.Optimization;

namespace Orchestrator.Pretraining.Training;

/// <summary>
/// Digests of a step's reduced gradient and of the student after it, where the spec wants them: XxHash128 of each tensor's float32 values, the
/// tensors spread over the shard threads, then SHA-256 over index, length and hash of each in layout order, of which 128 bits stay. Against
/// mistakes and broken machines, not against enemies.
/// </summary>
public sealed class StepAudit(TrainingParts parts, Commit commit)
{
    private const int HashBytes = 16;
    private const int EntryBytes = (2 * sizeof(int)) + HashBytes;

    private readonly IReadOnlyList<ParameterSegment> segments = parts.State.Layout.Segments;
    private readonly byte[] entries = new byte[parts.State.Layout.Segments.Count * EntryBytes];

    /// <summary>Of what the step is about to apply: parameters that it leaves as they are do not count. Null where the step has no full audit.</summary>
    /// <param name="gradient">Reduced over the global batch, and finite.</param>
    public string? Gradient(FlatTensor gradient, StepTimer timer) =>
        Timed(timer, () => Of(gradient, segment => !commit.IsFrozen(segment, parts.State.Step)));

    /// <summary>Of the student, after the commit and before the step is counted. Null where the step has no full audit.</summary>
    public string? Weights(StepTimer timer) => Timed(timer, () => Of(parts.State.Student, _ => true));

    private string? Timed(StepTimer timer, Func<string> digest)
    {
        if (!parts.Audit.IsDue(parts.State.Step, parts.Schedule.TotalSteps))
        {
            return null;
        }

        var begun = Stopwatch.GetTimestamp();
        var hex = digest();
        timer.Add("audit", begun);
        return hex;
    }

    private string Of(FlatTensor flat, Func<ParameterSegment, bool> counts)
    {
        parts.Gang.ForEach(segments.Count, (_, i) => Write(i, counts(segments[i]) ? flat[segments[i]] : []), abortable: false);
        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(entries, digest);
        return Convert.ToHexStringLower(digest[..HashBytes]);
    }

    private void Write(int segment, ReadOnlySpan<float> values)
    {
        var entry = entries.AsSpan(segment * EntryBytes, EntryBytes);
        BinaryPrimitives.WriteInt32LittleEndian(entry, segment);
        BinaryPrimitives.WriteInt32LittleEndian(entry[sizeof(int)..], values.Length);
        XxHash128.Hash(MemoryMarshal.AsBytes(values), entry[(2 * sizeof(int))..]);
    }
}
