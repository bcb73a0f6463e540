using Orchestrator.Pretraining.Data.Index;

namespace Orchestrator.Pretraining.Data.Volumes;

/// <summary>
/// Slices of a .npy file of unsigned bytes in C order: each is a range of the file, and bytes need no window of the whole volume, so only the
/// slice is read and nothing is kept. The operating system's cache of files serves what is read again.
/// </summary>
/// <param name="files">Where the entry is read.</param>
/// <param name="header">Of the entry.</param>
internal sealed class StoredSlices(SampleFiles files, int entry, NpyHeader header) : ISliceReader
{
    private readonly (int Slices, int Height, int Width) sizes = header.Sizes;

    public int Count => sizes.Slices;

    // The header and this.
    public long Bytes => 256;

    /// <summary>Whether a file's slices can be read so.</summary>
    public static bool Suits(NpyHeader header) => header is { Type: VolumeType.UInt8, ColumnMajor: false };

    public DecodedImage Read(int index, int channels)
    {
        var area = sizes.Height * sizes.Width;
        var plane = files.ReadPart(entry, header.DataOffset + ((long)index * area), area);
        var size = new ImageSize(sizes.Height, sizes.Width, channels);
        if (channels == 1)
        {
            return new DecodedImage(size, plane);
        }

        var planes = new byte[area * channels];
        for (var channel = 0; channel < channels; channel++)
        {
            plane.Span.CopyTo(planes.AsSpan(channel * area));
        }

        return new DecodedImage(size, planes);
    }
}
