using System.Runtime.InteropServices;

namespace Orchestrator.Collectives.Transport.SharedMemory;

/// <summary>
/// One direction of a segment: frames behind one another in a ring, written by one side and read by the other where they lie. A frame's payload is in the ring, or lent: it lies in the
/// writer's arena, and stays as it is until the reader has released the frame. Each side trusts its own positions only; what the other has written is checked before it is used, and read once.
/// </summary>
internal sealed unsafe class SegmentRing
{
    // Words that different sides write are apart by two cache lines (processors fetch pairs).
    private const int Apart = 128;
    private const int ControlBytes = 4 * Apart;
    private const int Line = 64;
    private const int Skip = -1;

    /// <summary>Where the payload of a frame is that is not lent.</summary>
    public const long InRing = -1;

    private readonly long* written;
    private readonly long* read;
    private readonly int* signal;
    private readonly int* state;
    private readonly byte* room;
    private readonly long capacity;

    // This side's own position: of the writer or of the reader, and the reader's behind what is borrowed.
    private long position;

    // The writer's: behind the last frame that it has lent the payload of.
    private long lentUpTo;

    // The reader's: as it was when it was looked at.
    private RingFrame peeked;

    public SegmentRing(byte* start, long bytes)
    {
        written = (long*)start;
        read = (long*)(start + Apart);
        signal = (int*)(start + (2 * Apart));
        state = (int*)(start + (3 * Apart));
        room = start + ControlBytes;
        capacity = (bytes - ControlBytes) / Line * Line;
    }

    /// <summary>What a ring takes that is to hold so much, in whole pages.</summary>
    public static long BytesFor(long capacity, long page) => (capacity + ControlBytes + page - 1) / page * page;

    /// <summary>Bytes of frames that fit.</summary>
    public long Capacity => capacity;

    /// <summary>The writer has left, in whatever way.</summary>
    public bool IsClosed => (Volatile.Read(ref *state) & (int)(RingState.Closed | RingState.Aborted)) != 0;

    /// <summary>The writer has ended the generation.</summary>
    public bool IsAborted => (Volatile.Read(ref *state) & (int)RingState.Aborted) != 0;

    /// <summary>Whether a frame is there for the reader.</summary>
    public bool HasFrame => Volatile.Read(ref *written) != position;

    /// <summary>The writer's: nobody reads any more what it has lent.</summary>
    public bool IsReturned => Returned >= lentUpTo;

    /// <summary>The writer's: up to where the reader has released what it took.</summary>
    public long Returned => Volatile.Read(ref *read);

    /// <summary>Where in the writer's arena the payload of the frame is that was peeked at, as the writer says; else <see cref="InRing"/>.</summary>
    public long LentAt => peeked.At;

    /// <summary>Bytes that a payload takes in the ring.</summary>
    public static long Footprint(int length) => Line + (((long)length + Line - 1) / Line * Line);

    /// <summary>The writer's: puts a frame behind the last. False while there is no room for it.</summary>
    /// <param name="at">Where its payload is in the arena, if it is lent; else <see cref="InRing"/>, and the payload is copied.</param>
    public bool TryWrite(in FrameHeader header, HostBuffer<byte> payload, long at = InRing)
    {
        long needed = at == InRing ? Footprint(payload.Length) : Line;
        long offset = position % capacity;
        long skipped = capacity - offset < needed ? capacity - offset : 0;
        if (position + skipped + needed - Volatile.Read(ref *read) > capacity)
        {
            return false;
        }

        if (skipped > 0)
        {
            ((RingFrame*)(room + offset))->Length = Skip;
            offset = 0;
        }

        *(RingFrame*)(room + offset) = RingFrame.Of(header, at);
        position += skipped + needed;
        if (at == InRing)
        {
            payload.Span.CopyTo(new Span<byte>(room + offset + Line, payload.Length));
        }
        else
        {
            lentUpTo = position;
        }

        Volatile.Write(ref *written, position);
        Wake();
        return true;
    }

    /// <summary>The reader's: the next frame's header, whatever it says. Null when the writer's position is none that it can have.</summary>
    public FrameHeader? Peek()
    {
        long available = Volatile.Read(ref *written) - position;
        long offset = position % capacity;
        RingFrame frame = *(RingFrame*)(room + offset);
        if (frame.Length == Skip)
        {
            available -= capacity - offset;
            position += capacity - offset;
            frame = *(RingFrame*)room;
            offset = 0;
        }

        peeked = frame;
        long footprint = frame.Length < 0 ? long.MaxValue : Taken(frame);
        return footprint <= available && footprint <= capacity - offset ? frame.Header : null;
    }

    /// <summary>
    /// The reader's: the payload of the frame that was peeked at, and on to the next. It stays until <see cref="Release"/>. Of a frame that is lent: nothing.
    /// </summary>
    public HostBuffer<byte> Take()
    {
        HostBuffer<byte> payload = peeked.At == InRing ? new HostBuffer<byte>(room + (position % capacity) + Line, peeked.Length) : default;
        position += Taken(peeked);
        return payload;
    }

    /// <summary>The reader's: the memory of everything taken may be written again.</summary>
    public void Release()
    {
        if (*read != position)
        {
            Volatile.Write(ref *read, position);
            Wake();
        }
    }

    /// <summary>The writer's: says that it has left, and wakes whoever waits.</summary>
    public void Close(bool abort)
    {
        Interlocked.Or(ref *state, (int)(abort ? RingState.Aborted : RingState.Closed));
        WakeWaiters();
    }

    /// <summary>Wakes whoever waits, to look again at what it waits for.</summary>
    public void WakeWaiters()
    {
        Interlocked.Increment(ref *signal);
        Futex.WakeAll(signal);
    }

    /// <summary>Before a last look and <see cref="Sleep"/>: from here on the other side wakes. Returns the signal to sleep on.</summary>
    public int Arm()
    {
        // In this order: who finds the mark and takes it away changes the signal afterwards, and so after it was read here.
        int seen = Volatile.Read(ref *signal);
        Interlocked.Or(ref *state, (int)RingState.Sleeper);
        return seen;
    }

    public void Sleep(int seen, TimeSpan most) => Futex.Wait(signal, seen, most);

    // Not a call into the kernel unless somebody sleeps. A position is written before the mark is looked for, as the sleeper sets the mark before it looks at
    // the position: one of the two sees the other. The mark goes before the signal changes: a sleeper whose new mark went with the old one has the old signal,
    // and does not fall asleep.
    private void Wake()
    {
        Interlocked.MemoryBarrier();
        if ((Volatile.Read(ref *state) & (int)RingState.Sleeper) != 0)
        {
            Interlocked.And(ref *state, ~(int)RingState.Sleeper);
            WakeWaiters();
        }
    }

    private static long Taken(in RingFrame frame) => frame.At == InRing ? Footprint(frame.Length) : Line;

    [StructLayout(LayoutKind.Sequential)]
    private struct RingFrame
    {
        public int Length;
        private int part;
        private long sequence;
        public long At;
        private FrameKind kind;
        private FrameOperation operation;
        private ElementType type;

        public readonly FrameHeader Header => new(kind, operation, sequence, part, type, Length);

        public static RingFrame Of(in FrameHeader header, long at) =>
            new()
            {
                Length = header.Length,
                At = at,
                part = header.Part,
                sequence = header.Sequence,
                kind = header.Kind,
                operation = header.Operation,
                type = header.Type,
            };
    }
}
