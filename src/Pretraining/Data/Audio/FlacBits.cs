using System.Buffers.Binary;
using System.Numerics;

namespace Orchestrator.Pretraining.Data.Audio;

/// <summary>Bits of a FLAC file, highest first.</summary>
internal ref struct FlacBits
{
    private readonly ReadOnlySpan<byte> bytes;
    private readonly string name;

    // The next bits, left-aligned: `valid` of them count; those below are zeros or already the bits that follow.
    private ulong cache;
    private int valid;
    private int next;

    public FlacBits(ReadOnlySpan<byte> bytes, int start, string name)
    {
        this.bytes = bytes;
        this.name = name;
        next = start;
    }

    /// <summary>Offset of the byte that the next bit is in.</summary>
    public readonly int Position => next - ((valid + 7) / 8);

    /// <summary>Unsigned, of 0–32 bits.</summary>
    public uint Read(int bits)
    {
        if (bits == 0)
        {
            return 0;
        }

        if (valid < bits)
        {
            Refill(bits);
        }

        var value = (uint)(cache >> (64 - bits));
        cache <<= bits;
        valid -= bits;
        return value;
    }

    /// <summary>Two's complement, of 0–33 bits.</summary>
    public long ReadSigned(int bits)
    {
        if (bits > 32)
        {
            var high = (long)Read(bits - 32) << 32;
            return (high | Read(32)) << (64 - bits) >> (64 - bits);
        }

        return bits == 0 ? 0 : (long)((ulong)Read(bits) << (64 - bits)) >> (64 - bits);
    }

    /// <summary>Zeros before the next one, which is taken too.</summary>
    public uint ReadUnary()
    {
        var zeros = 0u;
        while (true)
        {
            if (valid == 0)
            {
                Refill(1);
            }

            var run = BitOperations.LeadingZeroCount(cache);
            if (run < valid)
            {
                // A shift by 64 would be none.
                cache = cache << run << 1;
                valid -= run + 1;
                return zeros + (uint)run;
            }

            zeros += (uint)valid;
            cache = valid == 64 ? 0 : cache << valid;
            valid = 0;
        }
    }

    /// <summary>Rice codes: a quotient in zeros and a one, a remainder of so many bits, and 0, −1, 1, −2, … by number.</summary>
    public void ReadRice(int parameter, Span<long> values)
    {
        for (var i = 0; i < values.Length; i++)
        {
            if (valid < 32)
            {
                TryRefill();
            }

            // Most codes lie whole in the cache: one look at it, in place of two reads.
            var zeros = BitOperations.LeadingZeroCount(cache);
            var length = zeros + 1 + parameter;
            ulong code;
            if (length <= valid && length < 64)
            {
                var rest = cache << zeros << 1;
                // Two shifts: one by 64 would be none.
                code = ((ulong)zeros << parameter) | (rest >> 1 >> (63 - parameter));
                cache = rest << parameter;
                valid -= length;
            }
            else
            {
                code = ((ulong)ReadUnary() << parameter) | Read(parameter);
            }

            values[i] = (long)(code >> 1) ^ -(long)(code & 1);
        }
    }

    /// <summary>Drops what is left of a byte.</summary>
    public void Align()
    {
        var rest = valid % 8;
        cache <<= rest;
        valid -= rest;
    }

    private void Refill(int needed)
    {
        TryRefill();
        if (valid < needed)
        {
            throw new DataException($"sound '{name}' ends inside a FLAC frame; it is cut off: copy it again");
        }
    }

    private void TryRefill()
    {
        if (valid <= 56 && next + 8 <= bytes.Length)
        {
            cache |= BinaryPrimitives.ReadUInt64BigEndian(bytes[next..]) >> valid;
            var taken = (64 - valid) / 8;
            next += taken;
            valid += 8 * taken;
        }

        while (valid <= 56 && next < bytes.Length)
        {
            cache |= (ulong)bytes[next++] << (56 - valid);
            valid += 8;
        }
    }
}
