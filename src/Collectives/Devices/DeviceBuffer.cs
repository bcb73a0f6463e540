namespace Orchestrator.Collectives.Devices;

/// <summary>float32 numbers in a device's memory. It owns nothing: the memory must outlive every call that gets it.</summary>
/// <param name="Address">First element, in the device's own addresses.</param>
/// <param name="Length">Elements, ≥ 0.</param>
public readonly record struct DeviceBuffer(nint Address, int Length)
{
    /// <summary>The first elements of an allocation.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It has fewer.</exception>
    public static DeviceBuffer Of(IDeviceMemory memory, int length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan((long)length * sizeof(float), memory.Bytes, nameof(length));
        return new DeviceBuffer(memory.Address, length);
    }

    /// <summary>Their length in bytes.</summary>
    public long Bytes => (long)Length * sizeof(float);

    /// <summary>Elements [start, start + length) of the same memory.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The slice leaves the buffer.</exception>
    public DeviceBuffer Slice(int start, int length)
    {
        if ((uint)start > (uint)Length || (uint)length > (uint)(Length - start))
        {
            throw new ArgumentOutOfRangeException(
                nameof(start),
                $"[{start}, {(long)start + length}) leaves a buffer of {Length} elements."
            );
        }

        return new DeviceBuffer(Address + ((nint)start * sizeof(float)), length);
    }
}
