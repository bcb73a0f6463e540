using System.Runtime.InteropServices;

namespace Orchestrator.Collectives.Devices.Cuda;

/// <summary>
/// The few functions of the CUDA driver that sums need, from <c>libcuda.so.1</c>, by their names in the driver's binary interface (cuda.h of CUDA 12
/// maps cuMemAlloc to cuMemAlloc_v2, and so on). All return a CUresult, 0 for success.
/// </summary>
public sealed unsafe class CudaLibrary
{
    /// <summary>What the driver installs.</summary>
    public const string DefaultFile = "libcuda.so.1";

    private const int NotReady = 600;
    private readonly NativeFile file;
    private readonly delegate* unmanaged[Cdecl]<int, byte**, int> errorString;
    private readonly delegate* unmanaged[Cdecl]<int*, int, int> deviceGet;
    private readonly delegate* unmanaged[Cdecl]<nint*, int, int> contextRetain;
    private readonly delegate* unmanaged[Cdecl]<int, int> contextRelease;
    private readonly delegate* unmanaged[Cdecl]<nint, int> contextSetCurrent;
    private readonly delegate* unmanaged[Cdecl]<nint*, nuint, int> memoryAllocate;
    private readonly delegate* unmanaged[Cdecl]<nint, int> memoryFree;
    private readonly delegate* unmanaged[Cdecl]<nint, void*, nuint, nint, int> copyIn;
    private readonly delegate* unmanaged[Cdecl]<void*, nint, nuint, nint, int> copyOut;
    private readonly delegate* unmanaged[Cdecl]<nint, nint, nuint, nint, int> copy;
    private readonly delegate* unmanaged[Cdecl]<nint*, uint, int> streamCreate;
    private readonly delegate* unmanaged[Cdecl]<nint, int> streamDestroy;
    private readonly delegate* unmanaged[Cdecl]<nint, int> streamQuery;
    private readonly delegate* unmanaged[Cdecl]<nint*, void*, int> moduleLoad;
    private readonly delegate* unmanaged[Cdecl]<nint, int> moduleUnload;
    private readonly delegate* unmanaged[Cdecl]<nint*, nint, byte*, int> moduleFunction;
    private readonly delegate* unmanaged[Cdecl]<nint, uint, uint, uint, uint, uint, uint, uint, nint, void**, void**, int> launch;

    private CudaLibrary(NativeFile file)
    {
        this.file = file;
        errorString = (delegate* unmanaged[Cdecl]<int, byte**, int>)file.Function("cuGetErrorString");
        deviceGet = (delegate* unmanaged[Cdecl]<int*, int, int>)file.Function("cuDeviceGet");
        contextRetain = (delegate* unmanaged[Cdecl]<nint*, int, int>)file.Function("cuDevicePrimaryCtxRetain");
        contextRelease = (delegate* unmanaged[Cdecl]<int, int>)file.Function("cuDevicePrimaryCtxRelease_v2");
        contextSetCurrent = (delegate* unmanaged[Cdecl]<nint, int>)file.Function("cuCtxSetCurrent");
        memoryAllocate = (delegate* unmanaged[Cdecl]<nint*, nuint, int>)file.Function("cuMemAlloc_v2");
        memoryFree = (delegate* unmanaged[Cdecl]<nint, int>)file.Function("cuMemFree_v2");
        copyIn = (delegate* unmanaged[Cdecl]<nint, void*, nuint, nint, int>)file.Function("cuMemcpyHtoDAsync_v2");
        copyOut = (delegate* unmanaged[Cdecl]<void*, nint, nuint, nint, int>)file.Function("cuMemcpyDtoHAsync_v2");
        copy = (delegate* unmanaged[Cdecl]<nint, nint, nuint, nint, int>)file.Function("cuMemcpyDtoDAsync_v2");
        streamCreate = (delegate* unmanaged[Cdecl]<nint*, uint, int>)file.Function("cuStreamCreate");
        streamDestroy = (delegate* unmanaged[Cdecl]<nint, int>)file.Function("cuStreamDestroy_v2");
        streamQuery = (delegate* unmanaged[Cdecl]<nint, int>)file.Function("cuStreamQuery");
        moduleLoad = (delegate* unmanaged[Cdecl]<nint*, void*, int>)file.Function("cuModuleLoadData");
        moduleUnload = (delegate* unmanaged[Cdecl]<nint, int>)file.Function("cuModuleUnload");
        moduleFunction = (delegate* unmanaged[Cdecl]<nint*, nint, byte*, int>)file.Function("cuModuleGetFunction");
        launch = (delegate* unmanaged[Cdecl]<nint, uint, uint, uint, uint, uint, uint, uint, nint, void**, void**, int>)
            file.Function("cuLaunchKernel");
        var start = (delegate* unmanaged[Cdecl]<uint, int>)file.Function("cuInit");
        Check(start(0), "cuInit");
    }

    /// <param name="name">Its path, or a name that the system's loader knows.</param>
    /// <exception cref="CollectiveException">It is not there, or lacks a function.</exception>
    /// <exception cref="NativeCallException">There is no device.</exception>
    public static CudaLibrary Load(string name = DefaultFile) => new(NativeFile.Load(name, "A CUDA device"));

    /// <summary>The device's primary context, which the runtime, and so NCCL and Torch, uses too.</summary>
    internal nint RetainContext(int ordinal, out int device)
    {
        int found;
        Check(deviceGet(&found, ordinal), "cuDeviceGet");
        device = found;
        nint context;
        Check(contextRetain(&context, device), "cuDevicePrimaryCtxRetain");
        return context;
    }

    internal void ReleaseContext(int device) => Check(contextRelease(device), "cuDevicePrimaryCtxRelease");

    internal void MakeCurrent(nint context) => Check(contextSetCurrent(context), "cuCtxSetCurrent");

    internal nint Allocate(long bytes)
    {
        nint address;
        Check(memoryAllocate(&address, (nuint)bytes), "cuMemAlloc", $"{bytes} bytes");
        return address;
    }

    internal void Free(nint address) => Check(memoryFree(address), "cuMemFree");

    internal void CopyIn(nint into, void* from, long bytes, nint stream) =>
        Check(copyIn(into, from, (nuint)bytes, stream), "cuMemcpyHtoDAsync");

    internal void CopyOut(void* into, nint from, long bytes, nint stream) =>
        Check(copyOut(into, from, (nuint)bytes, stream), "cuMemcpyDtoHAsync");

    internal void Copy(nint into, nint from, long bytes, nint stream) => Check(copy(into, from, (nuint)bytes, stream), "cuMemcpyDtoDAsync");

    internal nint CreateStream(uint flags)
    {
        nint stream;
        Check(streamCreate(&stream, flags), "cuStreamCreate");
        return stream;
    }

    internal void DestroyStream(nint stream) => Check(streamDestroy(stream), "cuStreamDestroy");

    internal bool QueryStream(nint stream)
    {
        int result = streamQuery(stream);
        if (result != NotReady)
        {
            Check(result, "cuStreamQuery");
        }

        return result != NotReady;
    }

    /// <summary>Has the driver translate a program for the current device.</summary>
    /// <param name="zeroTerminated">PTX, with a zero byte behind it.</param>
    internal nint LoadModule(ReadOnlySpan<byte> zeroTerminated)
    {
        nint module;
        fixed (byte* image = zeroTerminated)
        {
            Check(moduleLoad(&module, image), "cuModuleLoadData");
        }

        return module;
    }

    internal void UnloadModule(nint module) => Check(moduleUnload(module), "cuModuleUnload");

    /// <param name="zeroTerminated">The function's name, with a zero byte behind it.</param>
    internal nint FunctionOf(nint module, ReadOnlySpan<byte> zeroTerminated)
    {
        nint function;
        fixed (byte* name = zeroTerminated)
        {
            Check(moduleFunction(&function, module, name), "cuModuleGetFunction");
        }

        return function;
    }

    /// <param name="arguments">The address of each argument.</param>
    internal void Launch(nint function, uint blocks, uint threads, nint stream, void** arguments) =>
        Check(launch(function, blocks, 1, 1, threads, 1, 1, 0, stream, arguments, null), "cuLaunchKernel");

    private void Check(int result, string call, string context = "")
    {
        if (result == 0)
        {
            return;
        }

        byte* text = null;
        string words =
            errorString(result, &text) == 0 && text is not null
                ? Marshal.PtrToStringUTF8((nint)text)!
                : "an error that it has no words for";
        throw new NativeCallException(file.Name, call, result, words, context);
    }
}
