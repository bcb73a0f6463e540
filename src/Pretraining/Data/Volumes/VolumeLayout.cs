namespace Orchestrator.Pretraining.Data.Volumes;

/// <summary>One array axis as a view of a volume walks it.</summary>
/// <param name="Length">Values along it.</param>
/// <param name="Stride">Values from one to the next in the array as it is stored; negative when walked backwards.</param>
internal readonly record struct VolumeAxis(int Length, int Stride);

/// <summary>How a view <c>[slice, row, column]</c> lies in a stored array.</summary>
/// <param name="Offset">Of the view's first value.</param>
internal sealed record VolumeLayout(int Offset, VolumeAxis Slices, VolumeAxis Rows, VolumeAxis Columns)
{
    /// <summary>The last of three sizes varies fastest.</summary>
    public static VolumeLayout RowMajor(int first, int second, int third) =>
        new(0, new VolumeAxis(first, second * third), new VolumeAxis(second, third), new VolumeAxis(third, 1));

    /// <summary>The first of three sizes varies fastest.</summary>
    public static VolumeLayout ColumnMajor(int first, int second, int third) =>
        new(0, new VolumeAxis(first, 1), new VolumeAxis(second, first), new VolumeAxis(third, first * second));

    /// <summary>The same values with another axis (0, 1, 2 of this view) as slices; the other two stay in their order.</summary>
    public VolumeLayout Along(int axis) =>
        axis switch
        {
            0 => this,
            1 => this with { Slices = Rows, Rows = Slices },
            2 => this with { Slices = Columns, Rows = Slices, Columns = Rows },
            _ => throw new ArgumentOutOfRangeException(nameof(axis), axis, "an axis is 0, 1 or 2"),
        };

    /// <summary>Axis 0, 1 or 2.</summary>
    public VolumeAxis Axis(int axis) =>
        axis switch
        {
            0 => Slices,
            1 => Rows,
            2 => Columns,
            _ => throw new ArgumentOutOfRangeException(nameof(axis), axis, "an axis is 0, 1 or 2"),
        };
}
