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

    // What is turned in registers: eight rows of four columns.
    private const int BlockRows = 8;
    private const int BlockColumns = 4;

    /// <summary><c>[16, width]</c> → <c>[width, 16]</c>.</summary>
    public static void Gather(ReadOnlySpan<float> rows, int width, Span<float> columns)
    {
        rows = rows[..(Rows * width)];
        columns = columns[..rows.Length];
        Turn(rows, width, Rows, width, columns);
    }

    /// <summary><c>[width, 16]</c> → <c>[count, width]</c>: the bundle's first rows.</summary>
    public static void Scatter(ReadOnlySpan<float> columns, int width, int count, Span<float> rows)
    {
        columns = columns[..(Rows * width)];
        rows = rows[..(count * width)];
        Turn(columns, Rows, width, count, rows);
    }

    // [height, width] with rows of a stride → [width, height]. The last blocks overlap those before them: nothing is left over.
    private static void Turn(ReadOnlySpan<float> source, int stride, int height, int width, Span<float> destination)
    {
        if (!Avx.IsSupported || height < BlockRows || width < BlockColumns)
        {
            TurnSingly(source, stride, height, width, destination);
            return;
        }

        ref var from = ref MemoryMarshal.GetReference(source);
        ref var to = ref MemoryMarshal.GetReference(destination);
        for (var row = 0; row < height; row += BlockRows)
        {
            var y = Math.Min(row, height - BlockRows);
            for (var column = 0; column < width; column += BlockColumns)
            {
                var x = Math.Min(column, width - BlockColumns);
                TurnBlock(
                    ref Unsafe.Add(ref from, (y * stride) + x),
                    (nuint)stride,
                    ref Unsafe.Add(ref to, (x * height) + y),
                    (nuint)height
                );
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void TurnBlock(ref float source, nuint stride, ref float destination, nuint height)
    {
        var a = Rows04(ref source, 0, stride);
        var b = Rows04(ref source, stride, stride);
        var c = Rows04(ref source, 2 * stride, stride);
        var d = Rows04(ref source, 3 * stride, stride);
        var (ab, cd) = (Avx.UnpackLow(a, b), Avx.UnpackLow(c, d));
        Avx.Shuffle(ab, cd, 0b01_00_01_00).StoreUnsafe(ref destination);
        Avx.Shuffle(ab, cd, 0b11_10_11_10).StoreUnsafe(ref destination, height);
        (ab, cd) = (Avx.UnpackHigh(a, b), Avx.UnpackHigh(c, d));
        Avx.Shuffle(ab, cd, 0b01_00_01_00).StoreUnsafe(ref destination, 2 * height);
        Avx.Shuffle(ab, cd, 0b11_10_11_10).StoreUnsafe(ref destination, 3 * height);
    }

    // Four values of a row, and of the row four below it.
    private static Vector256<float> Rows04(ref float source, nuint row, nuint stride) =>
        Vector256.Create(Vector128.LoadUnsafe(ref source, row), Vector128.LoadUnsafe(ref source, row + (4 * stride)));

    private static void TurnSingly(ReadOnlySpan<float> source, int stride, int height, int width, Span<float> destination)
    {
        for (var y = 0; y < height; y++)
        {
            for (var x = 0; x < width; x++)
            {
                destination[(x * height) + y] = source[(y * stride) + x];
            }
        }
    }
}
