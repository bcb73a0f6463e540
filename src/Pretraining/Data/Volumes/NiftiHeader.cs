using System.Buffers.Binary;

namespace Orchestrator.Pretraining.Data.Volumes;

/// <summary>
/// The header of a NIfTI-1 (348 bytes) or NIfTI-2 (540 bytes) single file, in either byte order. Sources: nifti1.h and nifti2.h of the NIfTI data
/// format working group. Own code, since no NIfTI library is to be had as a package here.
/// </summary>
/// <param name="Columns">Sizes along the first three array axes; the first varies fastest.</param>
/// <param name="DataOffset">Of the first value, in bytes.</param>
/// <param name="Slope">What stored values are multiplied with; 1 where the file scales nothing.</param>
/// <param name="Intercept">What is added after that.</param>
/// <param name="Orientation">Null where the file has neither sform nor qform.</param>
internal sealed record NiftiHeader(
    VolumeType Type,
    bool BigEndian,
    int Columns,
    int Rows,
    int Slices,
    long DataOffset,
    double Slope,
    double Intercept,
    VolumeOrientation? Orientation
)
{
    public const int Version1Bytes = 348;
    public const int Version2Bytes = 540;

    /// <summary>Bytes from the file's start to the end of the last value.</summary>
    public long EndOffset => DataOffset + ((long)Columns * Rows * Slices * VolumeValues.SizeOf(Type));

    /// <summary>
    /// The stored array: with an orientation its axes in the file's order, as the affine counts them; without one the last as slices, the second as
    /// rows and the first as columns, so that the fastest runs along rows as in any image.
    /// </summary>
    public VolumeLayout Stored =>
        VolumeLayout.ColumnMajor(Columns, Rows, Slices) is var array && Orientation is not null
            ? array
            : new VolumeLayout(0, array.Columns, array.Rows, array.Slices);

    /// <summary>Reads a header.</summary>
    /// <param name="prefix">The first <see cref="Version2Bytes"/> bytes, uncompressed, or the whole of a shorter file.</param>
    /// <param name="name">As messages name it.</param>
    public static NiftiHeader Read(ReadOnlySpan<byte> prefix, string name)
    {
        if (prefix.Length < sizeof(int))
        {
            throw Truncated(name);
        }

        var little = BinaryPrimitives.ReadInt32LittleEndian(prefix);
        var big = BinaryPrimitives.ReadInt32BigEndian(prefix);
        if (little is not (Version1Bytes or Version2Bytes) && big is not (Version1Bytes or Version2Bytes))
        {
            throw new DataException(
                $"'{name}' is not a NIfTI file: it starts with {little}, not with a header size of {Version1Bytes} or {Version2Bytes}; convert it to .nii or .nii.gz"
            );
        }

        var bigEndian = little is not (Version1Bytes or Version2Bytes);
        var version2 = (bigEndian ? big : little) == Version2Bytes;
        if (prefix.Length < (version2 ? Version2Bytes : Version1Bytes))
        {
            throw Truncated(name);
        }

        var magic = prefix.Slice(version2 ? 4 : 344, 4);
        if (magic.SequenceEqual("ni1\0"u8) || magic.SequenceEqual("ni2\0"u8))
        {
            throw new DataException($"'{name}' is the header of a .hdr/.img pair; save header and values in one .nii or .nii.gz file");
        }

        if (!magic.SequenceEqual(version2 ? "n+2\0"u8 : "n+1\0"u8))
        {
            throw new DataException($"'{name}' has no NIfTI magic (n+1 or n+2) in its header; Analyze files must be converted to .nii");
        }

        return Parse(new NiftiFields(prefix, bigEndian, version2), name);
    }

    private static NiftiHeader Parse(NiftiFields fields, string name)
    {
        var dimensions = fields.Dimension(0);
        if (dimensions is < 2 or > 7)
        {
            throw new DataException($"'{name}' claims {dimensions} dimensions in its NIfTI header; a volume has 3, one slice 2");
        }

        Span<int> sizes = [1, 1, 1];
        var claimed = 1L;
        for (var i = 1; i <= dimensions; i++)
        {
            var size = fields.Dimension(i);
            if (i > 3 && size > 1)
            {
                throw new DataException($"'{name}' holds {size} volumes along dimension {i}; save each volume in a file of its own");
            }

            if (size is < 1 or > int.MaxValue || claimed > VolumeValues.MaxValues / size)
            {
                throw new DataException(
                    $"'{name}' claims a size of {size} along dimension {i}; sizes are at least 1 and all values at most {VolumeValues.MaxValues}"
                );
            }

            claimed *= size;
            if (i <= 3)
            {
                sizes[i - 1] = (int)size;
            }
        }

        var offset = fields.DataOffset;
        var least = fields.Version2 ? Version2Bytes : Version1Bytes;
        if (!(offset >= least && offset <= int.MaxValue))
        {
            throw new DataException(
                $"'{name}' claims that its values start at byte {offset}; in one file they start at {least + 4} or later"
            );
        }

        var (slope, intercept) = (fields.Slope, fields.Intercept);
        var scaled = double.IsFinite(slope) && double.IsFinite(intercept) && slope != 0;
        return new NiftiHeader(
            ToType(fields.DataType, name),
            fields.BigEndian,
            sizes[0],
            sizes[1],
            sizes[2],
            (long)offset,
            scaled ? slope : 1,
            scaled ? intercept : 0,
            fields.Orientation()
        );
    }

    private static VolumeType ToType(int code, string name) =>
        code switch
        {
            2 => VolumeType.UInt8,
            4 => VolumeType.Int16,
            8 => VolumeType.Int32,
            16 => VolumeType.Float32,
            64 => VolumeType.Float64,
            256 => VolumeType.Int8,
            512 => VolumeType.UInt16,
            768 => VolumeType.UInt32,
            1024 => VolumeType.Int64,
            1280 => VolumeType.UInt64,
            _ => throw new DataException(
                $"'{name}' has values of NIfTI type {code}{Describe(code)}; integers of 1 to 8 bytes (2, 4, 8, 256, 512, 768, 1024, 1280), float32 (16) and float64 (64) are read"
            ),
        };

    private static string Describe(int code) =>
        code switch
        {
            1 => " (bits)",
            32 or 1792 or 2048 => " (complex numbers)",
            128 => " (RGB)",
            2304 => " (RGBA)",
            1536 => " (float128)",
            _ => "",
        };

    private static DataException Truncated(string name) => new($"'{name}' ends inside its NIfTI header; copy it again");
}
