using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Orchestrator.Pretraining.Views.Audio;

/// <summary>Working memory of one thread that computes spectrograms. It grows to the largest bank seen, and computing then allocates nothing.</summary>
public sealed class FilterBankScratch
{
    private const int CacheLine = 64;
    private float[] memory = [];

    /// <summary>So many vectors, starting on a cache line; their content is whatever was left there.</summary>
    internal unsafe Span<Vector<float>> Vectors(int count)
    {
        var floats = count * Vector<float>.Count;
        const int slack = CacheLine / sizeof(float);
        if (memory.Length < floats + slack)
        {
            memory = GC.AllocateUninitializedArray<float>(floats + slack, pinned: true);
        }

        // Pinned, so the address stays what it is.
        var address = (nuint)Unsafe.AsPointer(ref memory[0]);
        var skip = (int)((CacheLine - (address % CacheLine)) % CacheLine / sizeof(float));
        return MemoryMarshal.Cast<float, Vector<float>>(memory.AsSpan(skip, floats));
    }
}
