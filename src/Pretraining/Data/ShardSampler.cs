using Orchestrator.Shared.Randomness;
using Orchestrator.Shared.Runs;

namespace Orchestrator.Pretraining.Data;

/// <summary>
/// Which samples a shard of a step has: a pure function of seed, step and shard. Each epoch has an order of its own; the last incomplete
/// batch is dropped, or filled up from the beginning of the order. Balanced over groups, one order goes on through all epochs, which only count
/// the steps. Any thread may ask.
/// </summary>
public sealed class ShardSampler
{
    private readonly ulong seed;
    private readonly long samples;
    private readonly int batch;
    private readonly BalancedOrder? balanced;
    private Order? order;

    /// <summary>The sampler of one run.</summary>
    /// <param name="seed">The run's seed.</param>
    /// <param name="samples">Samples to pretrain on, at least one batch.</param>
    /// <param name="batch">Samples a step, over all shards.</param>
    /// <param name="shards">Shards a step; divides the batch.</param>
    /// <param name="lastBatch">What becomes of an incomplete last batch.</param>
    /// <param name="groupStarts">First sample of each group, ascending from 0, to balance over; null: each sample once an epoch.</param>
    /// <exception cref="DataException">There are fewer samples than one batch.</exception>
    public ShardSampler(
        ulong seed,
        long samples,
        int batch,
        int shards,
        LastBatch lastBatch = LastBatch.Drop,
        IReadOnlyList<int>? groupStarts = null
    )
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(batch);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(shards);
        if (batch % shards != 0)
        {
            throw new ArgumentException($"a batch of {batch} does not divide into {shards} shards", nameof(shards));
        }

        if (samples < batch)
        {
            throw new DataException(
                $"there are {Math.Max(0, samples)} samples to pretrain on and a batch needs {batch}; lower batch.size or data.holdOut, or add samples"
            );
        }

        (this.seed, this.samples, this.batch) = (seed, samples, batch);
        balanced = groupStarts is null ? null : new BalancedOrder(seed, groupStarts, samples);
        ShardSize = batch / shards;
        StepsPerEpoch = lastBatch == LastBatch.Drop ? samples / batch : (samples + batch - 1) / batch;
    }

    /// <summary>Batches an epoch.</summary>
    public long StepsPerEpoch { get; }

    /// <summary>Samples a shard.</summary>
    public int ShardSize { get; }

    /// <summary>The epoch, from 0, that a step (from 0) belongs to.</summary>
    public long Epoch(long step) => step / StepsPerEpoch;

    /// <summary>
    /// Writes the turns of a shard: positions (step mod StepsPerEpoch) · batch + shard · ShardSize + i of the epoch's order, modulo its length;
    /// balanced: positions step · batch + shard · ShardSize + i of the run's.
    /// </summary>
    /// <param name="destination">ShardSize long.</param>
    public void Turns(long step, int shard, Span<SampleTurn> destination)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(step);
        ArgumentOutOfRangeException.ThrowIfNegative(shard);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(shard, batch / ShardSize);
        ArgumentOutOfRangeException.ThrowIfNotEqual(destination.Length, ShardSize);
        var first = (long)shard * ShardSize;
        if (balanced is not null)
        {
            for (var i = 0; i < destination.Length; i++)
            {
                destination[i] = balanced[(step * batch) + first + i];
            }

            return;
        }

        var epoch = Epoch(step);
        var permutation = PermutationOf(epoch);
        var position = (step % StepsPerEpoch * batch) + first;
        for (var i = 0; i < destination.Length; i++)
        {
            destination[i] = new SampleTurn(permutation[(position + i) % samples], epoch);
        }
    }

    private EpochPermutation PermutationOf(long epoch)
    {
        var known = Volatile.Read(ref order);
        if (known is null || known.Epoch != epoch)
        {
            // Threads at an epoch's edge may make it twice: it is the same, and cheap (six keys).
            known = new Order(epoch, new EpochPermutation(seed, epoch, samples));
            Volatile.Write(ref order, known);
        }

        return known.Permutation;
    }

    private sealed record Order(long Epoch, EpochPermutation Permutation);
}
