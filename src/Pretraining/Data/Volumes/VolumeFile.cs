using Orchestrator.Shared.Runs;

namespace Orchestrator.Pretraining.Data.Volumes;

/// <summary>Volume files by the ends of their names: .npy, else NIfTI.</summary>
internal static class VolumeFile
{
    // Enough of a gzip file for a NIfTI header, whatever its own header carries.
    private const int GzipBytes = 64 << 10;

    /// <summary>Bytes from a file's start that its shape is read from.</summary>
    /// <param name="name">Of the file.</param>
    /// <param name="length">Of the whole file, in bytes.</param>
    public static int PrefixBytes(string name, long length) => (int)Math.Min(length, IsNpy(name) ? NpyFile.HeaderBytes : GzipBytes);

    /// <summary>Whether a file is a numpy array.</summary>
    public static bool IsNpy(string name) => name.EndsWith(".npy", StringComparison.OrdinalIgnoreCase);

    /// <summary>Reads a volume.</summary>
    /// <param name="content">The whole file.</param>
    /// <param name="name">As messages name it.</param>
    /// <param name="plane">As <see cref="Volume.Cut"/> takes it.</param>
    /// <exception cref="DataException">It is damaged, or has no slices in the plane.</exception>
    public static Volume Read(ReadOnlyMemory<byte> content, string name, SlicePlane? plane) =>
        (IsNpy(name) ? NpyFile.Read(content, name) : NiftiFile.Read(content, name)).Cut(plane);

    /// <summary>How many slices <see cref="Read"/> would give.</summary>
    /// <param name="prefix">The first <see cref="PrefixBytes"/> bytes.</param>
    /// <param name="length">Of the whole file, in bytes.</param>
    /// <exception cref="DataException">The header is damaged, or has no slices in the plane.</exception>
    public static int CountSlices(ReadOnlyMemory<byte> prefix, long length, string name, SlicePlane? plane)
    {
        if (!IsNpy(name))
        {
            return NiftiFile.ReadShape(prefix, name, plane).Slices;
        }

        var (slices, _, _) = NpyFile.ReadShape(prefix.Span, length, name);
        return plane is null or SlicePlane.Axial ? slices : throw Volume.NotOriented(name, plane.Value);
    }
}
