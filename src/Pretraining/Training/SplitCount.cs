namespace Orchestrator.Pretraining.Training;

/// <summary>A count in two floats, exact up to 2^44: divided by 2^20, and the rest. One float is exact up to 2^24 only.</summary>
public static class SplitCount
{
    private const int Shift = 20;
    private const long Rest = (1L << Shift) - 1;

    public static void Write(Span<float> two, long count) => (two[0], two[1]) = (count >> Shift, count & Rest);

    public static long Read(ReadOnlySpan<float> two) => ((long)two[0] << Shift) + (long)two[1];
}
