using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace Orchestrator.Pretraining.Backbones;

/// <summary>
/// Tensors in torch's own memory, which begins at a multiple of 64 bytes. <c>torch.tensor(array)</c> keeps a managed array, which begins anywhere; and on some processors (measured: MKL on an
/// AMD EPYC with AVX-512) the bits of a matrix product depend on where its operands begin, so they would change from call to call.
/// </summary>
internal static class AlignedTensor
{
    /// <param name="values">Copied, row-major.</param>
    /// <param name="shape">Of as many.</param>
    /// <returns>float32; the caller's scope has it.</returns>
    public static Tensor Of(ReadOnlySpan<float> values, params long[] shape)
    {
        var made = empty(shape, dtype: ScalarType.Float32);
        values.CopyTo(MemoryMarshal.Cast<byte, float>(made.bytes));
        return made;
    }
}
