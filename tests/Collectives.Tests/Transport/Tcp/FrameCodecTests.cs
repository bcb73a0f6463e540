using System.Text;
using Orchestrator.Collectives.Tests.Gangs;
using Orchestrator.Collectives.Transport;
using Orchestrator.Collectives.Transport.SharedMemory;
using Orchestrator.Collectives.Transport.Tcp;
using Xunit;

namespace Orchestrator.Collectives.Tests.Transport.Tcp;

public sealed class FrameCodecTests
{
    private static readonly FrameHeader Header = new(FrameKind.Statistics, FrameOperation.Reduced, 300, 2, ElementType.Double, 70_000);

    [Fact]
    public void Header_has_these_bytes_on_the_wire()
    {
        // "ORF" 1, 20 bytes, array 8: 2, 2, "group", 3, uint16 300, 2, 2, uint32 70000.
        Assert.Equal("4F5246011400980202A567726F757003CD012C0202CE00011170", Convert.ToHexString(RoguePeer.Header(Header)));
    }

    [Fact]
    public void Header_comes_back_as_it_went()
    {
        string group = new('g', FrameCodec.MaxGroupId);
        var longest = new FrameHeader(
            FrameKind.Control,
            FrameOperation.Barrier,
            long.MinValue,
            int.MinValue,
            ElementType.Double,
            int.MaxValue
        );
        foreach (FrameHeader header in (FrameHeader[])[Header, longest])
        {
            byte[] bytes = RoguePeer.Header(header, long.MinValue, group);
            Assert.InRange(bytes.Length, 1, FrameCodec.PrefixLength + FrameCodec.MaxHeader);
            Assert.Null(FrameCodec.ReadPrefix(bytes, FrameCodec.MaxHeader, out int length));
            Assert.Equal(bytes.Length - FrameCodec.PrefixLength, length);
            Assert.Null(
                FrameCodec.ReadHeader(
                    bytes.AsMemory(FrameCodec.PrefixLength),
                    Encoding.UTF8.GetBytes(group),
                    long.MinValue,
                    out FrameHeader back
                )
            );
            Assert.Equal(header, back);
        }
    }

    [Fact]
    public void Cut_headers_are_malformed()
    {
        byte[] bytes = RoguePeer.Header(Header);
        for (int length = 0; length < bytes.Length - FrameCodec.PrefixLength; length++)
        {
            Assert.NotNull(FrameCodec.ReadHeader(bytes.AsMemory(FrameCodec.PrefixLength, length), "group"u8, 3, out _));
        }

        Assert.NotNull(FrameCodec.ReadHeader((byte[])[.. bytes[FrameCodec.PrefixLength..], 0], "group"u8, 3, out _));
    }

    [Fact]
    public void Random_and_altered_headers_are_problems_or_headers_and_never_exceptions()
    {
        var random = new Random(4);
        byte[] right = RoguePeer.Header(Header)[FrameCodec.PrefixLength..];
        for (int round = 0; round < 50_000; round++)
        {
            byte[] bytes;
            if (round % 2 == 0)
            {
                bytes = new byte[random.Next(0, 256)];
                random.NextBytes(bytes);
            }
            else
            {
                bytes = [.. right];
                bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            }

            string? problem = FrameCodec.ReadHeader(bytes, "group"u8, 3, out FrameHeader header);
            Assert.True(problem is not null || round % 2 == 1, $"random bytes were taken for {header}");
            HelloCodec.ReadHello(bytes);
            HelloCodec.ReadAnswer(bytes);
        }
    }

    [Fact]
    public void Hello_and_its_answer_come_back_as_they_went()
    {
        var hello = new Hello(
            new string('g', FrameCodec.MaxGroupId),
            long.MaxValue,
            Gang.Secret,
            int.MaxValue,
            -1,
            new string('s', HelloCodec.MaxService),
            new string('n', HelloCodec.MaxName),
            new string('h', HelloCodec.MaxName),
            new string('k', HelloCodec.MaxHostKey),
            int.MaxValue,
            new string('a', ArenaAddress.MaxLength)
        );
        ReadOnlyMemory<byte> bytes = HelloCodec.Write(hello);
        Assert.InRange(bytes.Length, 1, FrameCodec.PrefixLength + HelloCodec.MaxLength);
        Hello back = Assert.IsType<Hello>(HelloCodec.ReadHello(bytes[FrameCodec.PrefixLength..]));
        Assert.Equal(hello.Secret, back.Secret);
        Assert.Equal(hello, back with { Secret = hello.Secret });

        var answer = new HelloAnswer(
            AnswerCode.Refused,
            new string('ä', 1000),
            "orchestrator-0123456789abcdef0123456789abcdef",
            "0123456789abcdef",
            3,
            "12/34/orchestrator-0123456789abcdef0123456789abcdef",
            ReadsArena: true
        );
        Assert.Equal(
            answer with
            {
                Reason = new string('ä', 256),
            },
            HelloCodec.ReadAnswer(HelloCodec.Write(answer)[FrameCodec.PrefixLength..])
        );
    }

    [Fact]
    public void Hello_and_answer_without_what_came_later_are_read()
    {
        byte[] hello = [0x98, 0, 0xA1, (byte)'g', 3, 0xC4, 2, 7, 8, 1, 0, 0xA4, .. "mesh"u8, 0xA1, (byte)'n'];
        Hello read = Assert.IsType<Hello>(HelloCodec.ReadHello(hello));
        Assert.Equal(new Hello("g", 3, read.Secret, 1, 0, "mesh", "n", Host: "", HostKey: "", Lanes: 1, Arena: ""), read);
        Assert.Equal(
            new HelloAnswer(AnswerCode.Refused, "no", ""),
            HelloCodec.ReadAnswer(new byte[] { 0x92, 3, 0xA2, (byte)'n', (byte)'o' })
        );
    }

    [Fact]
    public void Hello_and_answer_that_end_at_any_field_are_read_as_far_as_they_go()
    {
        byte[] host = [0xA1, (byte)'h'];
        byte[] key = [0xA1, (byte)'k'];
        byte[] arena = [0xA1, (byte)'a'];
        byte[] required = [0, 0xA1, (byte)'g', 3, 0xC4, 2, 7, 8, 1, 0, 0xA4, .. "mesh"u8, 0xA1, (byte)'n'];
        AssertReads(new Hello("g", 3, [7, 8], 1, 0, "mesh", "n", "h"), [0x99, .. required, .. host]);
        AssertReads(new Hello("g", 3, [7, 8], 1, 0, "mesh", "n", "h", "k"), [0x9A, .. required, .. host, .. key]);
        AssertReads(new Hello("g", 3, [7, 8], 1, 0, "mesh", "n", "h", "k", 2), [0x9B, .. required, .. host, .. key, 2]);
        AssertReads(new Hello("g", 3, [7, 8], 1, 0, "mesh", "n", "h", "k", 2, "a"), [0x9C, .. required, .. host, .. key, 2, .. arena]);

        Assert.Equal(new HelloAnswer(AnswerCode.Welcome, "", "h"), Answer([0x93, 0, 0xA0, .. host]));
        Assert.Equal(new HelloAnswer(AnswerCode.Welcome, "", "h", "k"), Answer([0x94, 0, 0xA0, .. host, .. key]));
        Assert.Equal(new HelloAnswer(AnswerCode.Welcome, "", "h", "k", 2), Answer([0x95, 0, 0xA0, .. host, .. key, 2]));
        Assert.Equal(new HelloAnswer(AnswerCode.Welcome, "", "h", "k", 2, "a"), Answer([0x96, 0, 0xA0, .. host, .. key, 2, .. arena]));
        Assert.Equal(
            new HelloAnswer(AnswerCode.Welcome, "", "h", "k", 2, "a", ReadsArena: true),
            Answer([0x97, 0, 0xA0, .. host, .. key, 2, .. arena, 0xC3])
        );

        static HelloAnswer? Answer(byte[] bytes) => HelloCodec.ReadAnswer(bytes);

        static void AssertReads(Hello expected, byte[] bytes)
        {
            Hello read = Assert.IsType<Hello>(HelloCodec.ReadHello(bytes));
            Assert.Equal(expected.Secret, read.Secret);
            Assert.Equal(expected, read with { Secret = expected.Secret });
        }
    }

    [Fact]
    public void Hello_with_names_out_of_bounds_is_not_written()
    {
        Hello right = RoguePeer.Honest;
        Hello[] wrong =
        [
            right with
            {
                GroupId = new string('g', FrameCodec.MaxGroupId + 1),
            },
            right with
            {
                Service = new string('s', HelloCodec.MaxService + 1),
            },
            right with
            {
                Name = new string('n', HelloCodec.MaxName + 1),
            },
            right with
            {
                Host = new string('h', HelloCodec.MaxName + 1),
            },
            right with
            {
                HostKey = new string('k', HelloCodec.MaxHostKey + 1),
            },
            right with
            {
                Arena = new string('a', ArenaAddress.MaxLength + 1),
            },
            right with
            {
                Secret = new byte[31],
            },
        ];
        Assert.All(
            wrong,
            hello =>
                Assert.Throws<ArgumentException>(() =>
                {
                    HelloCodec.Write(hello);
                })
        );
    }
}
