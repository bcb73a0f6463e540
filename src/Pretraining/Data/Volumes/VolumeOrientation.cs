using Orchestrator.Shared.Runs;

namespace Orchestrator.Pretraining.Data.Volumes;

/// <summary>
/// Which array axis of a stored volume runs along which axis of the body, and in which direction. A body's axes are x (to the right),
/// y (to anterior), z (to superior), as NIfTI has them.
/// </summary>
/// <param name="X">Array axis along x.</param>
/// <param name="Y">Array axis along y.</param>
/// <param name="Z">Array axis along z.</param>
/// <param name="XBackward">The array runs from right to left.</param>
/// <param name="YBackward">The array runs from anterior to posterior.</param>
/// <param name="ZBackward">The array runs from superior to inferior.</param>
internal sealed record VolumeOrientation(int X, int Y, int Z, bool XBackward, bool YBackward, bool ZBackward)
{
    private static readonly (int X, int Y, int Z)[] Assignments = [(0, 1, 2), (0, 2, 1), (1, 0, 2), (1, 2, 0), (2, 0, 1), (2, 1, 0)];

    /// <summary>
    /// The assignment whose axes agree best with an affine's: the largest sum of |cosine| between array axes and body axes; of equals the first of
    /// <see cref="Assignments"/>. An oblique scan gets the plane that is nearest to its slices; nothing is resampled.
    /// </summary>
    /// <param name="affine"><c>[3, 3]</c>, row by row: column j is the step of array axis j in the body.</param>
    /// <returns>Null where a column is zero or not finite.</returns>
    public static VolumeOrientation? FromAffine(ReadOnlySpan<double> affine)
    {
        Span<double> cosines = stackalloc double[9];
        for (var column = 0; column < 3; column++)
        {
            var (x, y, z) = (affine[column], affine[3 + column], affine[6 + column]);
            var length = Math.Sqrt((x * x) + (y * y) + (z * z));
            if (length is not (> 0 and < double.PositiveInfinity))
            {
                return null;
            }

            (cosines[column], cosines[3 + column], cosines[6 + column]) = (x / length, y / length, z / length);
        }

        var best = Assignments[0];
        var bestSum = -1.0;
        foreach (var assignment in Assignments)
        {
            var sum = Math.Abs(cosines[assignment.X]) + Math.Abs(cosines[3 + assignment.Y]) + Math.Abs(cosines[6 + assignment.Z]);
            if (sum > bestSum)
            {
                (best, bestSum) = (assignment, sum);
            }
        }

        return new VolumeOrientation(best.X, best.Y, best.Z, cosines[best.X] < 0, cosines[3 + best.Y] < 0, cosines[6 + best.Z] < 0);
    }

    /// <summary>The view of a stored array in a plane.</summary>
    public VolumeLayout InPlane(VolumeLayout stored, SlicePlane plane)
    {
        // Walked as DICOM viewers do: x to the left, y to posterior, z to superior as slices and to inferior as rows.
        var (x, xStart) = Walk(stored.Axis(X), backward: !XBackward);
        var (y, yStart) = Walk(stored.Axis(Y), backward: !YBackward);
        var (z, zStart) = Walk(stored.Axis(Z), backward: plane == SlicePlane.Axial ? ZBackward : !ZBackward);
        var offset = stored.Offset + xStart + yStart + zStart;
        return plane switch
        {
            SlicePlane.Axial => new VolumeLayout(offset, z, y, x),
            SlicePlane.Coronal => new VolumeLayout(offset, y, z, x),
            SlicePlane.Sagittal => new VolumeLayout(offset, x, z, y),
            _ => throw new ArgumentOutOfRangeException(nameof(plane), plane, "no such plane"),
        };
    }

    private static (VolumeAxis Axis, int Start) Walk(VolumeAxis axis, bool backward) =>
        backward ? (axis with { Stride = -axis.Stride }, (axis.Length - 1) * axis.Stride) : (axis, 0);
}
