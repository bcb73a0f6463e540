namespace Orchestrator.Shared.Randomness;

/// <summary>
/// The order of the samples in one epoch as a random-access permutation of 0 … count − 1: a Feistel network over the smallest even
/// number of bits that holds the count, with cycle walking (Black and Rogaway 2002). No array is shuffled, so none has to be kept.
/// </summary>
public sealed class EpochPermutation
{
    private const int Rounds = 6;
    private readonly long count;
    private readonly int halfBits;
    private readonly uint[] keys = new uint[Rounds];

    /// <summary>The order of one epoch of one run.</summary>
    /// <param name="seed">The run's seed.</param>
    /// <param name="epoch">Epoch, from 0.</param>
    /// <param name="count">Number of samples, 1 … 2^48.</param>
    public EpochPermutation(ulong seed, long epoch, long count)
        : this(new PhiloxStream(seed, DrawPurpose.EpochOrder, epoch), count) { }

    /// <summary>An order with round keys of a stream of the caller's.</summary>
    /// <param name="stream">At its first draw.</param>
    /// <param name="count">Number of samples, 1 … 2^48.</param>
    public EpochPermutation(PhiloxStream stream, long count)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, 1L << 48);
        this.count = count;
        while (1L << (2 * halfBits) < count)
        {
            halfBits++;
        }

        for (var i = 0; i < Rounds; i++)
        {
            keys[i] = stream.NextUInt32();
        }
    }

    /// <summary>The sample at a position of the epoch.</summary>
    /// <param name="position">0 … count − 1.</param>
    public long this[long position]
    {
        get
        {
            ArgumentOutOfRangeException.ThrowIfNegative(position);
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(position, count);
            // The network permutes at most 4 × count values: four walks on average, and always an end (it is a permutation).
            var value = (ulong)position;
            do
            {
                value = Encrypt(value);
            } while (value >= (ulong)count);

            return (long)value;
        }
    }

    private ulong Encrypt(ulong value)
    {
        var mask = (1UL << halfBits) - 1;
        var left = (value >> halfBits) & mask;
        var right = value & mask;
        foreach (var key in keys)
        {
            var mixed = Philox.Draw((uint)right, (uint)(right >> 32), key, 0, 0x6F726465, 0x72000000).X;
            (left, right) = (right, left ^ (mixed & mask));
        }

        return (left << halfBits) | right;
    }
}
