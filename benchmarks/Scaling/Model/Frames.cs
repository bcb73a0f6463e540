namespace Orchestrator.Benchmarks.Scaling.Model;

/// <summary>Frames and the bytes of their payloads.</summary>
internal readonly record struct Frames(long Count, long Bytes)
{
    public static Frames operator +(Frames left, Frames right) => new(left.Count + right.Count, left.Bytes + right.Bytes);

    /// <summary>So many bytes in frames of at most so many.</summary>
    public static Frames Of(long bytes, long most) => new(Math.Max(1, (bytes + most - 1) / most), bytes);
}
