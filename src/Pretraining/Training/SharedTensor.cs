using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using Orchestrator.Collectives;
using TorchSharp;
using static TorchSharp.torch;

namespace Orchestrator.Pretraining.Training;

/// <summary>
/// Tensors whose memory is a block of an arena. TorchSharp makes none over given memory; its native library does. The block goes back when torch frees the tensor's storage: with the last of its tensor, the
/// views of it and what autograd keeps, in whatever order they are disposed of.
/// </summary>
internal static unsafe class SharedTensor
{
    private static readonly ConcurrentDictionary<nint, SharedBlock<float>> Blocks = new();
    private static readonly nint New = Find();

    /// <summary>All of the block, float32, one dimension; the caller's scope has it.</summary>
    /// <param name="block">The tensor's from here on.</param>
    public static Tensor Of(SharedBlock<float> block)
    {
        var memory = block.Host;
        Blocks[(nint)memory.Pointer] = block;
        long length = memory.Length;
        var made = (
            (delegate* unmanaged[Cdecl]<void*, delegate* unmanaged[Cdecl]<void*, void>, long*, int, sbyte, sbyte, int, int, byte, nint>)New
        )(memory.Pointer, &Free, &length, 1, (sbyte)ScalarType.Float32, (sbyte)ScalarType.Float32, (int)DeviceType.CPU, -1, 0);
        if (made == 0)
        {
            Free(memory.Pointer, Blocks);
            CheckForErrors();
        }

        return Tensor.UnsafeCreateTensor(made);
    }

    // Torch's, on any thread.
    [UnmanagedCallersOnly(CallConvs = [typeof(System.Runtime.CompilerServices.CallConvCdecl)])]
    private static void Free(void* start) => Free(start, Blocks);

    private static void Free(void* start, ConcurrentDictionary<nint, SharedBlock<float>> blocks)
    {
        if (blocks.TryRemove((nint)start, out var block))
        {
            block.Dispose();
        }
    }

    // The library that TorchSharp has loaded, and not another copy of it.
    private static nint Find()
    {
        InitializeDeviceType(DeviceType.CPU);
        return NativeLibrary.GetExport(NativeLibrary.Load("LibTorchSharp", typeof(torch).Assembly, null), "THSTensor_new");
    }
}
