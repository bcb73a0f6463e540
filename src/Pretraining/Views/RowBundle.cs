using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Orchestrator.Pretraining.Views;

/// <summary>
/// Sixteen rows turned so that the same column of all of them lies side by side. What is done along a row, with a start and weights of its own for
/// each output, then goes through vector units for sixteen rows at a time. Moves floats only.
/// </summary>
internal static class RowBundle
{
    /// <summary>Rows of a bundle.</summary>
    public const int Rows = 16;

    private const int Block = 4;

    /// <summary><c>[16, width]</c> → <c>[width, 16]</c>.</summary>
    public static void Gather(ReadOnlySpan<float> rows, int width, Span<float> columns)
    {
        rows = rows[..(Rows * width)];
        columns = columns[..rows.Length];
        Turn(rows, width, Rows, width, columns);
    }

    /// <summary><c>[width, 16]</c> → <c>[16, width]</c>.</summary>
    public static void Scatter(ReadOnlySpan<float> columns, int width, Span<float> rows)
    {
        columns = columns[..(Rows * width)];
        rows = rows[..columns.Length];
        Turn(columns, Rows, width, Rows, rows);
    }

    // [height, width] with rows of a stride → [width, height].
    private static void Turn(ReadOnlySpan<float> source, int stride, int height, int width, Span<float> destination)
    {
        ref var from = ref MemoryMarshal.GetReference(source);
        ref var to = ref MemoryMarshal.GetReference(destination);
        var (wholeRows, wholeColumns) = Sse.IsSupported ? (height / Block * Block, width / Block * Block) : (0, 0);
        for (var y = 0; y < wholeRows; y += Block)
        {
            for (var x = 0; x < wholeColumns; x += Block)
            {
                ref var corner = ref Unsafe.Add(ref from, (y * stride) + x);
                var a = Vector128.LoadUnsafe(ref corner);
                var b = Vector128.LoadUnsafe(ref corner, (nuint)stride);
                var c = Vector128.LoadUnsafe(ref corner, (nuint)(2 * stride));
                var d = Vector128.LoadUnsafe(ref corner, (nuint)(3 * stride));
                var (ab, cd) = (Sse.UnpackLow(a, b), Sse.UnpackLow(c, d));
                ref var target = ref Unsafe.Add(ref to, (x * height) + y);
                Sse.MoveLowToHigh(ab, cd).StoreUnsafe(ref target);
                Sse.MoveHighToLow(cd, ab).StoreUnsafe(ref target, (nuint)height);
                (ab, cd) = (Sse.UnpackHigh(a, b), Sse.UnpackHigh(c, d));
                Sse.MoveLowToHigh(ab, cd).StoreUnsafe(ref target, (nuint)(2 * height));
                Sse.MoveHighToLow(cd, ab).StoreUnsafe(ref target, (nuint)(3 * height));
            }
        }

        for (var y = 0; y < height; y++)
        {
            for (var x = y < wholeRows ? wholeColumns : 0; x < width; x++)
            {
                destination[(x * height) + y] = source[(y * stride) + x];
            }
        }
    }
}
