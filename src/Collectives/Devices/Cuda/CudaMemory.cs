namespace Orchestrator.Collectives.Devices.Cuda;

/// <summary>Memory of a GPU. The driver refuses to allocate nothing: an empty one has a byte.</summary>
internal sealed class CudaMemory(CudaDevice device, CudaLibrary library, long bytes) : IDeviceMemory
{
    private nint address = library.Allocate(Math.Max(1, bytes));

    public nint Address
    {
        get
        {
            ObjectDisposedException.ThrowIf(address == 0, this);
            return address;
        }
    }

    public long Bytes => bytes;

    public void Dispose()
    {
        if (Interlocked.Exchange(ref address, 0) is var freed and not 0)
        {
            device.MakeCurrent();
            library.Free(freed);
        }
    }
}
