namespace Orchestrator.Collectives.Devices.Cuda;

/// <summary>A GPU by the CUDA driver, in its primary context. Tested over a stand-in for the driver only: it was not run on a GPU.</summary>
public sealed class CudaDevice : IDevice
{
    private readonly CudaLibrary library;
    private readonly nint context;
    private readonly nint module;
    private readonly int device;
    private int disposed;

    /// <param name="ordinal">Which of the machine's devices, from 0.</param>
    /// <exception cref="NativeCallException">There is none of this number, or it does not take the program.</exception>
    public CudaDevice(CudaLibrary library, int ordinal)
    {
        this.library = library;
        Name = $"cuda:{ordinal}";
        context = library.RetainContext(ordinal, out device);
        try
        {
            library.MakeCurrent(context);
            module = library.LoadModule(AddKernel.Source);
            Addition = library.FunctionOf(module, AddKernel.Name);
        }
        catch
        {
            library.ReleaseContext(device);
            throw;
        }
    }

    public string Name { get; }

    /// <summary>The driver's handle of <see cref="AddKernel"/>.</summary>
    internal nint Addition { get; }

    public IDeviceMemory Allocate(long bytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(bytes);
        MakeCurrent();
        return new CudaMemory(this, library, bytes);
    }

    public IDeviceStream CreateStream()
    {
        MakeCurrent();
        return new CudaStream(this, library);
    }

    public void Dispose()
    {
        if (Interlocked.Exchange(ref disposed, 1) == 0)
        {
            library.MakeCurrent(context);
            library.UnloadModule(module);
            library.ReleaseContext(device);
        }
    }

    /// <summary>The calling thread works on this device from now on.</summary>
    internal void MakeCurrent()
    {
        ObjectDisposedException.ThrowIf(Volatile.Read(ref disposed) != 0, this);
        library.MakeCurrent(context);
    }
}
