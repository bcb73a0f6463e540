using System.Buffers.Binary;

namespace Orchestrator.Pretraining.Tests.Data.Audio;

/// <summary>Makes the checksums of a changed Ogg file right again, so that what is inside is read; stops where there is no page.</summary>
internal static class OggChecksums
{
    public static void Renew(Span<byte> content)
    {
        while (content.Length >= 27 && content.Length >= 27 + content[26])
        {
            int segments = content[26];
            var length = 27 + segments;
            for (var i = 0; i < segments; i++)
            {
                length += content[27 + i];
            }

            if (length > content.Length)
            {
                return;
            }

            content.Slice(22, 4).Clear();
            var crc = 0u;
            foreach (var value in content[..length])
            {
                crc ^= (uint)value << 24;
                for (var bit = 0; bit < 8; bit++)
                {
                    crc = (crc & 0x8000_0000) != 0 ? (crc << 1) ^ 0x04C1_1DB7 : crc << 1;
                }
            }

            BinaryPrimitives.WriteUInt32LittleEndian(content[22..], crc);
            content = content[length..];
        }
    }
}
