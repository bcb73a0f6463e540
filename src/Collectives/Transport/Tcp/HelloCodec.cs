using System.Buffers;
using System.Text;
using MessagePack;
using Orchestrator.Collectives.Transport.SharedMemory;

namespace Orchestrator.Collectives.Transport.Tcp;

/// <summary>
/// Bytes of Hello and of its answer: a frame's prefix, then a MessagePack array. Hello: kind 0, group id, generation, secret,
/// from-rank, to-rank, service, name, host, host key, lanes, arena. Answer: code, reason, segment, host key, lanes, arena, whether the other's arena is mapped; where it names a segment, the
/// dialer answers with such an array whether it has mapped it. Each at most 1 KiB, and nothing follows before the answer. What stands behind name and reason may be missing, from any field on.
/// </summary>
internal static class HelloCodec
{
    public const int SecretLength = 32;
    public const int MaxName = 256;
    public const int MaxService = 64;
    public const int MaxHostKey = 64;

    // Names 256 + 256 + 128 + 64 + 64 + 80, secret 34, numbers and lengths: under 950; the rest is room for keys that a later version adds.
    public const int MaxLength = 1024;
    private const int RequiredFields = 8;
    private const int RequiredAnswers = 2;
    private const int MaxReason = 256;

    /// <exception cref="ArgumentException">A name is longer than its bound, or the secret is none.</exception>
    public static ReadOnlyMemory<byte> Write(Hello hello)
    {
        RequireBounds(hello);
        return Framed((ref MessagePackWriter writer) => Write(ref writer, hello));
    }

    private static void Write(ref MessagePackWriter writer, Hello hello)
    {
        writer.WriteArrayHeader(RequiredFields + 4);
        writer.Write((byte)FrameKind.Hello);
        writer.Write(hello.GroupId);
        writer.Write(hello.Generation);
        writer.Write(hello.Secret);
        writer.Write(hello.FromRank);
        writer.Write(hello.ToRank);
        writer.Write(hello.Service);
        writer.Write(hello.Name);
        writer.Write(hello.Host);
        writer.Write(hello.HostKey);
        writer.Write(hello.Lanes);
        writer.Write(hello.Arena);
    }

    public static ReadOnlyMemory<byte> Write(HelloAnswer answer) =>
        Framed(
            (ref MessagePackWriter writer) =>
            {
                writer.WriteArrayHeader(RequiredAnswers + 5);
                writer.Write((byte)answer.Code);
                writer.Write(answer.Reason.Length <= MaxReason ? answer.Reason : answer.Reason[..MaxReason]);
                writer.Write(answer.Segment);
                writer.Write(answer.HostKey);
                writer.Write(answer.Lanes);
                writer.Write(answer.Arena);
                writer.Write(answer.ReadsArena);
            }
        );

    public static Hello? ReadHello(ReadOnlyMemory<byte> bytes) =>
        Guarded(
            bytes,
            (ref MessagePackReader reader) =>
            {
                int fields = reader.ReadArrayHeader();
                if (fields < RequiredFields || reader.ReadByte() != (byte)FrameKind.Hello)
                {
                    return null;
                }

                string groupId = reader.ReadString() ?? "";
                long generation = reader.ReadInt64();
                byte[] secret = reader.ReadBytes()?.ToArray() ?? [];
                return new Hello(
                    groupId,
                    generation,
                    secret,
                    reader.ReadInt32(),
                    reader.ReadInt32(),
                    reader.ReadString() ?? "",
                    reader.ReadString() ?? "",
                    fields > RequiredFields ? reader.ReadString() ?? "" : "",
                    fields > RequiredFields + 1 ? reader.ReadString() ?? "" : "",
                    fields > RequiredFields + 2 ? Math.Max(1, reader.ReadInt32()) : 1,
                    fields > RequiredFields + 3 ? reader.ReadString() ?? "" : ""
                );
            }
        );

    public static HelloAnswer? ReadAnswer(ReadOnlyMemory<byte> bytes) =>
        Guarded(
            bytes,
            (ref MessagePackReader reader) =>
            {
                int fields = reader.ReadArrayHeader();
                return fields < RequiredAnswers
                    ? null
                    : new HelloAnswer(
                        (AnswerCode)reader.ReadByte(),
                        reader.ReadString() ?? "",
                        fields > RequiredAnswers ? reader.ReadString() ?? "" : "",
                        fields > RequiredAnswers + 1 ? reader.ReadString() ?? "" : "",
                        fields > RequiredAnswers + 2 ? Math.Max(1, reader.ReadInt32()) : 1,
                        fields > RequiredAnswers + 3 ? reader.ReadString() ?? "" : "",
                        fields > RequiredAnswers + 4 && reader.ReadBoolean()
                    );
            }
        );

    private static void RequireBounds(Hello hello)
    {
        bool fits =
            Encoding.UTF8.GetByteCount(hello.GroupId) <= FrameCodec.MaxGroupId
            && Encoding.UTF8.GetByteCount(hello.Service) <= MaxService
            && Encoding.UTF8.GetByteCount(hello.Name) <= MaxName
            && Encoding.UTF8.GetByteCount(hello.Host) <= MaxName
            && Encoding.UTF8.GetByteCount(hello.HostKey) <= MaxHostKey
            && Encoding.UTF8.GetByteCount(hello.Arena) <= ArenaAddress.MaxLength
            && hello.Secret.Length == SecretLength;
        if (!fits)
        {
            throw new ArgumentException(
                $"Hello takes a group id of at most {FrameCodec.MaxGroupId} bytes, a service of {MaxService}, a name of {MaxName}, and a secret of exactly {SecretLength}.",
                nameof(hello)
            );
        }
    }

    private static ReadOnlyMemory<byte> Framed(Writing write)
    {
        var output = new FixedWriter(new byte[FrameCodec.PrefixLength + (2 * MaxLength)]);
        output.Restart(FrameCodec.PrefixLength);
        var writer = new MessagePackWriter(output);
        write(ref writer);
        writer.Flush();
        FrameCodec.WritePrefix(output);
        return output.Buffer.AsMemory(0, output.Written);
    }

    private static T? Guarded<T>(ReadOnlyMemory<byte> bytes, Reading<T> read)
        where T : class
    {
        try
        {
            var reader = new MessagePackReader(bytes);
            return read(ref reader);
        }
        catch (Exception failure) when (FrameCodec.IsMalformed(failure))
        {
            return null;
        }
    }

    private delegate void Writing(ref MessagePackWriter writer);

    private delegate T? Reading<T>(ref MessagePackReader reader)
        where T : class;
}
