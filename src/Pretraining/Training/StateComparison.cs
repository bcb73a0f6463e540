using System.IO.Hashing;
using System.Runtime.InteropServices;
using Orchestrator.Collectives;
using Orchestrator.Shared.Protocol;

namespace Orchestrator.Pretraining.Training;

/// <summary>
/// After every step with a full audit the ranks compare digests of their whole states: student, teacher, moments and all that is counted. A bit that
/// flipped in one machine's memory is found before a checkpoint of that step is written.
/// </summary>
public sealed class StateComparison(TrainingParts parts)
{
    private const int HashBytes = 16;
    private const int ChunkFloats = 1 << 20;

    private readonly Chunk[] chunks = [.. parts.State.Slots.SelectMany(Cut)];
    private readonly byte[] hashes = new byte[parts.State.Slots.Sum(slot => Cut(slot).Count()) * HashBytes];

    /// <summary>Called by every rank between steps: compares where it is due.</summary>
    /// <exception cref="CorruptionException">They differ.</exception>
    /// <exception cref="CollectiveException">A peer was lost; the state stands.</exception>
    public void CheckIfDue(ProcessGroup group)
    {
        var completed = parts.State.Step;
        if (group.WorldSize > 1 && completed > 0 && parts.Audit.IsDue(completed - 1, parts.Schedule.TotalSteps))
        {
            Check(group);
        }
    }

    /// <summary>Called by every rank before a commit or between steps.</summary>
    /// <exception cref="CorruptionException">They differ.</exception>
    /// <exception cref="CollectiveException">A peer was lost; the state stands.</exception>
    public void Check(ProcessGroup group)
    {
        var completed = parts.State.Step;
        parts.Gang.ForEach(chunks.Length, (_, i) => Hash(i), abortable: false);
        var votes = RankVotes.Gather(group, XxHash128.Hash(hashes));
        if (!RankVotes.Agree(votes))
        {
            throw new CorruptionException(CorruptionKind.State, completed, $"the state after step {completed}", votes);
        }
    }

    private void Hash(int i)
    {
        var values = chunks[i].Slot.Buffer.Span.Slice(chunks[i].Start, chunks[i].Length);
        XxHash128.Hash(MemoryMarshal.AsBytes(values), hashes.AsSpan(i * HashBytes, HashBytes));
    }

    private static IEnumerable<Chunk> Cut(StateSlot slot)
    {
        for (var start = 0; start < slot.Buffer.Length; start += ChunkFloats)
        {
            yield return new Chunk(slot, start, Math.Min(ChunkFloats, slot.Buffer.Length - start));
        }
    }

    private sealed record Chunk(StateSlot Slot, int Start, int Length);
}
