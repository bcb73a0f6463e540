namespace Orchestrator.Collectives.Devices.Cuda;

/// <summary>A stream of a GPU that waits for no other stream.</summary>
internal sealed unsafe class CudaStream(CudaDevice device, CudaLibrary library) : IDeviceStream
{
    // CU_STREAM_NON_BLOCKING: not in step with the legacy default stream.
    private const uint NonBlocking = 1;
    private nint handle = library.CreateStream(NonBlocking);

    public IDevice Device => device;

    public nint Handle
    {
        get
        {
            ObjectDisposedException.ThrowIf(handle == 0, this);
            return handle;
        }
    }

    public void MakeCurrent() => device.MakeCurrent();

    public void CopyIn(HostBuffer<float> from, DeviceBuffer into)
    {
        RequireEqual(from.Length, into.Length);
        if (into.Length > 0)
        {
            library.CopyIn(into.Address, from.Pointer, into.Bytes, Handle);
        }
    }

    public void CopyOut(DeviceBuffer from, HostBuffer<float> into)
    {
        RequireEqual(from.Length, into.Length);
        if (from.Length > 0)
        {
            library.CopyOut(into.Pointer, from.Address, from.Bytes, Handle);
        }
    }

    public void Copy(DeviceBuffer from, DeviceBuffer into)
    {
        RequireEqual(from.Length, into.Length);
        if (from.Length > 0)
        {
            library.Copy(into.Address, from.Address, from.Bytes, Handle);
        }
    }

    public void Add(DeviceBuffer left, DeviceBuffer right, DeviceBuffer into)
    {
        RequireEqual(left.Length, into.Length);
        RequireEqual(right.Length, into.Length);
        if (into.Length == 0)
        {
            return;
        }

        // The driver copies the arguments before the launch returns.
        (nint first, nint second, nint sum, ulong count) = (left.Address, right.Address, into.Address, (ulong)into.Length);
        void** arguments = stackalloc void*[] { &first, &second, &sum, &count };
        uint blocks = Math.Min(AddKernel.MostBlocks, ((uint)into.Length + AddKernel.Threads - 1) / AddKernel.Threads);
        library.Launch(device.Addition, blocks, AddKernel.Threads, Handle, arguments);
    }

    public bool QueryIdle() => library.QueryStream(Handle);

    public void Dispose()
    {
        if (Interlocked.Exchange(ref handle, 0) is var destroyed and not 0)
        {
            device.MakeCurrent();
            library.DestroyStream(destroyed);
        }
    }

    private static void RequireEqual(int length, int expected)
    {
        if (length != expected)
        {
            throw new ArgumentException($"A buffer has {length} elements, {expected} were expected.", nameof(length));
        }
    }
}
