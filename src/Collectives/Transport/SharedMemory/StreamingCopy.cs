using System.Runtime.Intrinsics;

namespace Orchestrator.Collectives.Transport.SharedMemory;

/// <summary>
/// A copy that is stored past the caches: what is too large for them is not read from memory only to be overwritten, and takes no room there. The runtime's own copy stores through the caches, whatever the length.
/// </summary>
internal static unsafe class StreamingCopy
{
    private const int Stride = 128;

    /// <summary>Copies all of one to the other, of the same length and not overlapping. Other threads see it after it returns as after any copy.</summary>
    public static void Run(HostBuffer<byte> from, HostBuffer<byte> into)
    {
        int head = Math.Min(into.Length, (int)(-(nint)into.Pointer & (Vector256<byte>.Count - 1)));
        int tail = head + ((into.Length - head) / Stride * Stride);
        from.Span[..head].CopyTo(into.Span);
        byte* source = from.Pointer;
        byte* target = into.Pointer;
        for (int at = head; at < tail; at += Stride)
        {
            Vector256<byte> first = Vector256.Load(source + at);
            Vector256<byte> second = Vector256.Load(source + at + 32);
            Vector256<byte> third = Vector256.Load(source + at + 64);
            Vector256<byte> fourth = Vector256.Load(source + at + 96);
            first.StoreAlignedNonTemporal(target + at);
            second.StoreAlignedNonTemporal(target + at + 32);
            third.StoreAlignedNonTemporal(target + at + 64);
            fourth.StoreAlignedNonTemporal(target + at + 96);
        }

        // Such stores are not ordered with those that follow, unlike all others.
        Interlocked.MemoryBarrier();
        from.Span[tail..].CopyTo(into.Span[tail..]);
    }
}
