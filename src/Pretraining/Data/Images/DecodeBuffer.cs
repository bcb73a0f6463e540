namespace Orchestrator.Pretraining.Data.Images;

/// <summary>
/// Memory of one thread that decodes image after image: it grows to the largest one and is used again. What is larger than
/// <see cref="KeptBytes"/> is not kept: one huge image among small ones must not hold its memory for the rest of a run.
/// </summary>
public sealed class DecodeBuffer
{
    /// <summary>Larger arrays are given to the garbage collector after their use.</summary>
    public const int KeptBytes = 64 << 20;

    private byte[] planes = [];
    private byte[] interleaved = [];

    internal byte[] Planes(int length) => Grown(ref planes, length);

    internal byte[] Interleaved(int length) => Grown(ref interleaved, length);

    private static byte[] Grown(ref byte[] kept, int length)
    {
        if (kept.Length >= length)
        {
            return kept;
        }

        var grown = GC.AllocateUninitializedArray<byte>(length);
        if (length <= KeptBytes)
        {
            kept = grown;
        }

        return grown;
    }
}
