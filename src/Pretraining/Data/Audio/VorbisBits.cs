namespace Orchestrator.Pretraining.Data.Audio;

/// <summary>Bits of a Vorbis packet, lowest first. Source: Vorbis I specification, section 2.</summary>
internal ref struct VorbisBits(ReadOnlySpan<byte> packet)
{
    private readonly ReadOnlySpan<byte> packet = packet;
    private long position;

    /// <summary>Bits that are left.</summary>
    public readonly long Left => (8L * packet.Length) - position;

    /// <summary>Reads 0–32 bits.</summary>
    /// <exception cref="EndOfStreamException">There are fewer.</exception>
    public uint Read(int bits)
    {
        var value = 0u;
        Require(bits);
        for (var i = 0; i < bits; i++, position++)
        {
            value |= (uint)((packet[(int)(position >> 3)] >> (int)(position & 7)) & 1) << i;
        }

        return value;
    }

    /// <summary>Passes bits over.</summary>
    /// <exception cref="EndOfStreamException">There are fewer.</exception>
    public void Skip(long bits)
    {
        Require(bits);
        position += bits;
    }

    private readonly void Require(long bits)
    {
        if (bits > Left)
        {
            throw new EndOfStreamException();
        }
    }
}
