namespace Orchestrator.Pretraining.Data.Audio;

/// <summary>FLAC's checksums: CRC-8 of polynomial 07 over a frame's head, CRC-16 of 8005 over the frame; not reflected, start 0.</summary>
internal static class FlacChecksum
{
    private static readonly ushort[] Table8 = Table(0x0700);
    private static readonly ushort[] Table16 = Table(0x8005);

    public static byte Of8(ReadOnlySpan<byte> bytes) => (byte)(Of(bytes, Table8) >> 8);

    public static ushort Of16(ReadOnlySpan<byte> bytes) => Of(bytes, Table16);

    private static ushort Of(ReadOnlySpan<byte> bytes, ushort[] table)
    {
        ushort crc = 0;
        foreach (var value in bytes)
        {
            crc = (ushort)((crc << 8) ^ table[(crc >> 8) ^ value]);
        }

        return crc;
    }

    // The 8-bit checksum lives in the upper byte, so that one loop serves both.
    private static ushort[] Table(int polynomial)
    {
        var table = new ushort[256];
        for (var i = 0; i < 256; i++)
        {
            var crc = i << 8;
            for (var bit = 0; bit < 8; bit++)
            {
                crc = (crc & 0x8000) != 0 ? (crc << 1) ^ polynomial : crc << 1;
            }

            table[i] = (ushort)crc;
        }

        return table;
    }
}
