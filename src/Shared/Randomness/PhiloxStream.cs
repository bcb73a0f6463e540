namespace Orchestrator.Shared.Randomness;

/// <summary>
/// The draws of one purpose for one (seed, epoch, sample, view), in order. A value: copying it copies the position.
/// </summary>
/// <remarks>
/// Layout. Key: k0 = low and k1 = high half of the seed. Counter: c0 = block number; c1 = purpose (bits 24–31), view (bits 16–23) and
/// bits 32–47 of the sample; c2 = bits 0–31 of the sample; c3 = epoch (or step). A block gives four words, taken X, Y, Z, W.
/// So a stream holds 2^34 words, a sample may be any 48-bit number, and two streams never meet.
/// Only integers and + − × ÷ √ are used, so no host's mathematical library shows in a draw.
/// </remarks>
public struct PhiloxStream
{
    private readonly uint k0,
        k1,
        c1,
        c2,
        c3;
    private uint block;
    private int taken;
    private PhiloxBlock words;

    /// <summary>A stream at its first draw.</summary>
    /// <param name="seed">The run's seed.</param>
    /// <param name="purpose">What the draws are for.</param>
    /// <param name="epoch">Epoch or step, as the purpose says.</param>
    /// <param name="sample">Sample, shard or parameter index: below 2^48.</param>
    /// <param name="view">View of the sample, 0–255.</param>
    public PhiloxStream(ulong seed, DrawPurpose purpose, long epoch = 0, long sample = 0, int view = 0)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(epoch);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(epoch, uint.MaxValue);
        ArgumentOutOfRangeException.ThrowIfNegative(sample);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(sample, 1L << 48);
        ArgumentOutOfRangeException.ThrowIfNegative(view);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(view, 255);
        k0 = (uint)seed;
        k1 = (uint)(seed >> 32);
        c1 = ((uint)purpose << 24) | ((uint)view << 16) | (uint)(sample >> 32);
        c2 = (uint)sample;
        c3 = (uint)epoch;
        taken = 4;
    }

    /// <summary>32 uniform bits.</summary>
    public uint NextUInt32()
    {
        if (taken == 4)
        {
            words = Philox.Draw(block++, c1, c2, c3, k0, k1);
            taken = 0;
        }

        return taken++ switch
        {
            0 => words.X,
            1 => words.Y,
            2 => words.Z,
            _ => words.W,
        };
    }

    /// <summary>Uniform in [0, 1), a multiple of 2^-24.</summary>
    public float NextSingle() => (NextUInt32() >> 8) * (1f / (1 << 24));

    /// <summary>Uniform in [0, 1), a multiple of 2^-53 (two words).</summary>
    public double NextDouble()
    {
        ulong high = NextUInt32() >> 5;
        ulong low = NextUInt32() >> 6;
        return ((high << 26) | low) * (1.0 / (1UL << 53));
    }

    /// <summary>Uniform in [low, high).</summary>
    public double NextDouble(double low, double high) => low + ((high - low) * NextDouble());

    /// <summary>Unbiased in 0 … bound − 1 (Lemire's multiply and reject).</summary>
    public int NextInt32(int bound)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(bound);
        var product = (ulong)NextUInt32() * (uint)bound;
        if ((uint)product < (uint)bound)
        {
            var threshold = (uint)(0x1_0000_0000UL % (uint)bound);
            while ((uint)product < threshold)
            {
                product = (ulong)NextUInt32() * (uint)bound;
            }
        }

        return (int)(product >> 32);
    }

    /// <summary>True with the given probability (0–1).</summary>
    public bool NextBoolean(double probability) => NextDouble() < probability;

    /// <summary>Standard normal by inversion of one word; |value| ≤ 6.4.</summary>
    public float NextGaussian() => (float)NormalQuantile.At((NextUInt32() + 0.5) * (1.0 / 4294967296.0));

    /// <summary>Fills a span with standard normals, one word each: what as many calls of <see cref="NextGaussian"/> give.</summary>
    public void FillGaussian(Span<float> values)
    {
        Span<uint> chunk = stackalloc uint[NormalQuantile.ChunkWords];
        for (; !values.IsEmpty; values = values[Math.Min(chunk.Length, values.Length)..])
        {
            var count = Math.Min(chunk.Length, values.Length);
            Fill(chunk[..count]);
            NormalQuantile.Fill(chunk[..count], values[..count]);
        }
    }

    private void Fill(Span<uint> destination)
    {
        while (taken < 4 && !destination.IsEmpty)
        {
            destination[0] = NextUInt32();
            destination = destination[1..];
        }

        var whole = destination.Length / 4 * 4;
        Philox.Fill(block, c1, c2, c3, k0, k1, destination[..whole]);
        block += (uint)(whole / 4);
        foreach (ref var word in destination[whole..])
        {
            word = NextUInt32();
        }
    }
}
