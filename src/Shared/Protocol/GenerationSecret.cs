using System.Security.Cryptography;
using MessagePack;

namespace Orchestrator.Shared.Protocol;

/// <summary>The secret of a generation's connections: HMAC-SHA256(run key, number ‖ SHA-256 of the record), so that it needs no storing.</summary>
public static class GenerationSecret
{
    /// <summary>32 bytes.</summary>
    public static byte[] Of(byte[] runKey, GenerationRecord record)
    {
        var message = new byte[8 + SHA256.HashSizeInBytes];
        System.Buffers.Binary.BinaryPrimitives.WriteInt64LittleEndian(message, record.Number);
        SHA256.HashData(MessagePackSerializer.Serialize(record), message.AsSpan(8));
        return HMACSHA256.HashData(runKey, message);
    }
}
