using Orchestrator.Collectives.Transport;
using Orchestrator.Collectives.Transport.SharedMemory;
using Xunit;

namespace Orchestrator.Collectives.Tests.Transport.SharedMemory;

public sealed unsafe class SegmentRingTests : IDisposable
{
    private const int Bytes = 4096;
    private readonly AlignedBuffer<byte> memory = new(Bytes);
    private readonly SegmentRing writer;
    private readonly SegmentRing reader;

    public SegmentRingTests()
    {
        writer = new SegmentRing(memory.Host.Pointer, Bytes);
        reader = new SegmentRing(memory.Host.Pointer, Bytes);
    }

    public void Dispose() => memory.Dispose();

    [Fact]
    public void Frames_come_out_as_they_went_in_around_the_end_many_times()
    {
        var random = new Random(1);
        using var payload = new AlignedBuffer<byte>(1024);
        for (int number = 0; number < 500; number++)
        {
            int length = random.Next(1024);
            random.NextBytes(payload.Span);
            FrameHeader header = Header(number, length);
            Assert.True(writer.TryWrite(header, payload.Host.Slice(0, length)));
            Assert.True(reader.HasFrame);
            Assert.Equal(header, reader.Peek());
            HostBuffer<byte> taken = reader.Take();
            Assert.Equal(0, (nint)taken.Pointer % 64);
            Assert.True(taken.Span.SequenceEqual(payload.Span[..length]));
            reader.Release();
            Assert.False(reader.HasFrame);
        }
    }

    [Fact]
    public void Full_ring_takes_no_more_until_the_reader_has_released()
    {
        using var payload = new AlignedBuffer<byte>(512);
        int fitted = 0;
        while (writer.TryWrite(Header(fitted, 512), payload.Host))
        {
            fitted++;
        }

        Assert.Equal(writer.Capacity / SegmentRing.Footprint(512), fitted);
        Assert.Equal(Header(0, 512), reader.Peek());
        reader.Take();
        Assert.False(writer.TryWrite(Header(fitted, 512), payload.Host));
        reader.Release();
        Assert.True(writer.TryWrite(Header(fitted, 512), payload.Host));
    }

    [Theory]
    [InlineData(-5)]
    [InlineData(int.MinValue)]
    [InlineData(int.MaxValue)]
    [InlineData(65)]
    public void Frame_that_is_longer_than_what_was_written_is_none(int claimed)
    {
        using var payload = new AlignedBuffer<byte>(64);
        Assert.True(writer.TryWrite(Header(0, 64), payload.Host));

        // The frame's first word is its length.
        *(int*)(memory.Host.Pointer + (Bytes - writer.Capacity)) = claimed;
        Assert.Null(reader.Peek());
    }

    [Theory]
    [InlineData(-64L)]
    [InlineData(long.MinValue)]
    [InlineData(64L)]
    public void Position_that_the_writer_cannot_have_gives_no_frame(long written)
    {
        // A frame of 1000 bytes of payload in the ring: its length, and behind 16 bytes where the payload is.
        byte* frame = memory.Host.Pointer + (Bytes - writer.Capacity);
        *(int*)frame = 1000;
        *(long*)(frame + 16) = SegmentRing.InRing;
        *(long*)memory.Host.Pointer = written;
        Assert.True(reader.HasFrame);
        Assert.Null(reader.Peek());
    }

    [Fact]
    public void Closed_and_aborted_rings_say_so()
    {
        Assert.False(reader.IsClosed);
        writer.Close(abort: false);
        Assert.True(reader.IsClosed);
        Assert.False(reader.IsAborted);
        writer.Close(abort: true);
        Assert.True(reader.IsAborted);
    }

    [Fact]
    public void Sleep_ends_at_a_write_after_arming()
    {
        int seen = reader.Arm();
        var writing = new Thread(() => Assert.True(writer.TryWrite(Header(0, 0), default)));
        writing.Start();

        // Returns at once when the write came first, is woken by it otherwise; a wake-up that is lost would take the minute.
        long begun = TimeProvider.System.GetTimestamp();
        while (!reader.HasFrame)
        {
            reader.Sleep(seen, TimeSpan.FromMinutes(1));
        }

        writing.Join();
        Assert.InRange(TimeProvider.System.GetElapsedTime(begun), TimeSpan.Zero, TimeSpan.FromSeconds(50));
    }

    [Fact]
    public void Threads_that_write_and_read_at_once_pass_every_byte()
    {
        const int Frames = 300_000;
        Exception? failure = null;
        var writing = new Thread(() => failure = Record.Exception(() => WriteAll(Frames)));
        writing.Start();
        ReadAll(Frames);
        writing.Join();
        Assert.Null(failure);
        Assert.False(reader.HasFrame);
    }

    private void WriteAll(int frames)
    {
        using var payload = new AlignedBuffer<byte>(1024);
        for (int number = 0; number < frames; number++)
        {
            HostBuffer<byte> part = payload.Host.Slice(0, LengthOf(number));
            part.Span.Fill((byte)number);
            Await(() => writer.TryWrite(Header(number, part.Length), part), writer, number);
        }
    }

    private void ReadAll(int frames)
    {
        for (int number = 0; number < frames; number++)
        {
            Await(() => reader.HasFrame, reader, number);
            Assert.Equal(Header(number, LengthOf(number)), reader.Peek());
            int wrong = reader.Take().Span.IndexOfAnyExcept((byte)number);
            Assert.True(wrong < 0, $"frame {number} has another byte at {wrong}");
            if (number % 3 > 0)
            {
                reader.Release();
            }
        }

        reader.Release();
    }

    // Sleeps as a link does; a wake-up that is lost would take the minute.
    private static void Await(Func<bool> reached, SegmentRing ring, int number)
    {
        long begun = TimeProvider.System.GetTimestamp();
        while (!reached())
        {
            int seen = ring.Arm();
            if (reached())
            {
                return;
            }

            ring.Sleep(seen, TimeSpan.FromMinutes(1));
            Assert.True(TimeProvider.System.GetElapsedTime(begun) < TimeSpan.FromSeconds(50), $"nobody woke the sleeper at frame {number}");
        }
    }

    private static int LengthOf(int number) => number * 37 % 1000;

    private static FrameHeader Header(int number, int length) =>
        new(FrameKind.Gradient, FrameOperation.Contribution, number, number % 7, ElementType.Single, length);
}
