using System.IO.Compression;
using System.Runtime.InteropServices;
using Orchestrator.Shared.Runs;

namespace Orchestrator.Pretraining.Data.Volumes;

/// <summary>Reads NIfTI files (.nii, .nii.gz; versions 1 and 2; both byte orders), one volume a file.</summary>
public static class NiftiFile
{
    // Deflate makes at most 1,032 bytes of one (258 bytes a match of 2 bits); a header that claims more is refused before anything is allocated.
    private const long DeflateRatio = 1032;

    private const int GrowthBytes = 1 << 20;

    /// <summary>
    /// Reads a volume. Where the header has an sform or qform, the view is its axial plane and <see cref="Volume.InPlane"/> gives the others;
    /// otherwise slices are along the last array axis, rows along the second, columns along the first. Unsigned bytes that are not scaled stay
    /// bytes, anything else becomes slope × value + intercept as float32. Bytes after the last value are ignored.
    /// </summary>
    /// <param name="content">The whole file; gzip is recognized by its first two bytes.</param>
    /// <param name="name">As messages name it.</param>
    /// <exception cref="DataException">It is no such file, or it ends before the values that its header claims.</exception>
    public static Volume Read(ReadOnlyMemory<byte> content, string name)
    {
        if (!IsGzip(content.Span))
        {
            var header = NiftiHeader.Read(content.Span, name);
            return content.Length >= header.EndOffset
                ? ToVolume(header, content.Span[(int)header.DataOffset..(int)header.EndOffset], name)
                : throw Truncated(name, header, content.Length, "");
        }

        try
        {
            using var unzipped = Unzip(content);
            var prefix = ReadPrefix(unzipped);
            var header = NiftiHeader.Read(prefix, name);
            if (header.EndOffset > Math.Min(Array.MaxLength, DeflateRatio * content.Length))
            {
                throw Truncated(name, header, Math.Min(Array.MaxLength, DeflateRatio * content.Length), "at most ");
            }

            return ToVolume(header, ReadToEnd(unzipped, prefix, header, name).AsSpan((int)header.DataOffset), name);
        }
        catch (InvalidDataException exception)
        {
            throw new DataException($"'{name}' is a damaged gzip file: {exception.Message}", exception);
        }
    }

    /// <summary>The shape of the view that <see cref="Read"/> gives, without reading the values.</summary>
    /// <param name="content">The file, or its first 64 KiB.</param>
    /// <param name="name">As messages name it.</param>
    /// <param name="plane">As <see cref="Volume.Cut"/> takes it; null for the view that <see cref="Read"/> gives.</param>
    /// <exception cref="DataException">It is no such file, or has no slices in the plane.</exception>
    public static (int Slices, int Height, int Width) ReadShape(ReadOnlyMemory<byte> content, string name, SlicePlane? plane = null)
    {
        try
        {
            var header = NiftiHeader.Read(IsGzip(content.Span) ? ReadPrefix(content) : content.Span, name);
            // The view of an empty array: only its sizes are asked for.
            var view = ToView(new Volume(name, Array.Empty<byte>(), header.Stored, header.Orientation));
            view = view.Cut(plane);
            return (view.Slices, view.Height, view.Width);
        }
        catch (InvalidDataException exception)
        {
            throw new DataException($"'{name}' is a damaged gzip file: {exception.Message}", exception);
        }
    }

    private static Volume ToVolume(NiftiHeader header, ReadOnlySpan<byte> stored, string name) =>
        ToView(
            header is { Type: VolumeType.UInt8, Slope: 1, Intercept: 0 }
                ? new Volume(name, stored.ToArray(), header.Stored, header.Orientation)
                : new Volume(
                    name,
                    VolumeValues.Decode(stored, header.Type, header.BigEndian, header.Slope, header.Intercept),
                    header.Stored,
                    header.Orientation
                )
        );

    private static Volume ToView(Volume volume) => volume.HasOrientation ? volume.InPlane(SlicePlane.Axial) : volume;

    private static bool IsGzip(ReadOnlySpan<byte> content) => content is [0x1F, 0x8B, ..];

    private static GZipStream Unzip(ReadOnlyMemory<byte> content)
    {
        var stream = MemoryMarshal.TryGetArray(content, out var array)
            ? new MemoryStream(array.Array!, array.Offset, array.Count, writable: false)
            : new MemoryStream(content.ToArray(), writable: false);
        return new GZipStream(stream, CompressionMode.Decompress);
    }

    private static byte[] ReadPrefix(ReadOnlyMemory<byte> content)
    {
        using var unzipped = Unzip(content);
        return ReadPrefix(unzipped);
    }

    private static byte[] ReadPrefix(GZipStream unzipped)
    {
        var prefix = new byte[NiftiHeader.Version2Bytes];
        return prefix[..unzipped.ReadAtLeast(prefix, prefix.Length, throwOnEndOfStream: false)];
    }

    private static byte[] ReadToEnd(GZipStream unzipped, byte[] prefix, NiftiHeader header, string name)
    {
        var end = (int)header.EndOffset;
        var bytes = new byte[Math.Min(end, GrowthBytes)];
        var filled = Math.Min(prefix.Length, bytes.Length);
        prefix.AsSpan(0, filled).CopyTo(bytes);
        while (true)
        {
            filled += unzipped.ReadAtLeast(bytes.AsSpan(filled), bytes.Length - filled, throwOnEndOfStream: false);
            if (filled == end)
            {
                return bytes;
            }

            // Memory grows with the bytes that are there, not with those that are claimed.
            Array.Resize(
                ref bytes,
                filled == bytes.Length ? (int)Math.Min(end, 2L * bytes.Length) : throw Truncated(name, header, filled, "")
            );
        }
    }

    private static DataException Truncated(string name, NiftiHeader header, long found, string bound) =>
        new(
            $"'{name}' holds {bound}{found} bytes and its header claims {header.Columns} × {header.Rows} × {header.Slices} values of {header.Type} up to byte {header.EndOffset}; it is truncated: copy it again"
        );
}
