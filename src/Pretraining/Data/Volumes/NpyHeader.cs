using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Orchestrator.Pretraining.Data.Volumes;

/// <summary>
/// The header of a numpy .npy file, versions 1 to 3: <c>\x93NUMPY</c>, version, length, then a Python dictionary with the value type, the order and
/// the shape. Source: numpy/lib/format.py. Own code, since the libraries at hand either bring an array framework or read little-endian C order only.
/// </summary>
internal sealed partial record NpyHeader(VolumeType Type, bool BigEndian, bool ColumnMajor, int[] Shape, int DataOffset)
{
    /// <summary>numpy pads headers to 64 bytes; what is larger than this describes no plain array.</summary>
    public const int MaxBytes = 4096;

    private const string Right = "save it as uint8, int16, float32 or another plain number type";

    /// <summary>The shape of a volume; an array of two dimensions is one slice.</summary>
    public (int Slices, int Height, int Width) Sizes =>
        Shape is [var slices, var height, var width] ? (slices, height, width) : (1, Shape[0], Shape[1]);

    private static ReadOnlySpan<byte> Magic => [0x93, (byte)'N', (byte)'U', (byte)'M', (byte)'P', (byte)'Y'];

    /// <summary>Reads a header.</summary>
    /// <param name="prefix">The file's first <see cref="MaxBytes"/> bytes, or the whole of a shorter one.</param>
    /// <param name="length">Of the whole file, in bytes: what the header claims must be there, and nothing else.</param>
    /// <param name="name">As messages name it.</param>
    public static NpyHeader Read(ReadOnlySpan<byte> prefix, long length, string name)
    {
        if (prefix.Length < 10 || !prefix.StartsWith(Magic))
        {
            throw new DataException($"'{name}' is not a .npy file: it does not start with \\x93NUMPY; save the array with numpy.save");
        }

        var (start, size) = prefix[6] switch
        {
            1 => (10, BinaryPrimitives.ReadUInt16LittleEndian(prefix[8..])),
            2 or 3 when prefix.Length >= 12 => (12, BinaryPrimitives.ReadUInt32LittleEndian(prefix[8..])),
            2 or 3 => throw Truncated(name),
            var other => throw new DataException($"'{name}' is a .npy file of version {other}; versions 1 to 3 are read"),
        };
        if (size > MaxBytes - start)
        {
            throw new DataException($"'{name}' claims a .npy header of {size} bytes; a plain array has at most {MaxBytes - start}");
        }

        if (prefix.Length < start + size)
        {
            throw Truncated(name);
        }

        var text = Encoding.UTF8.GetString(prefix.Slice(start, (int)size));
        var (type, bigEndian) = ParseType(text, name);
        var header = new NpyHeader(type, bigEndian, ParseOrder(text, name), ParseShape(text, name), start + (int)size);
        header.RequireLength(length, name);
        return header;
    }

    private void RequireLength(long length, string name)
    {
        var claimed = 1L;
        foreach (var size in Shape)
        {
            claimed = claimed * size is var product and <= VolumeValues.MaxValues
                ? product
                : throw new DataException(
                    $"'{name}' claims shape ({string.Join(", ", Shape)}), which is more than {VolumeValues.MaxValues} values"
                );
        }

        claimed *= VolumeValues.SizeOf(Type);
        var found = length - DataOffset;
        if (found != claimed)
        {
            throw new DataException(
                $"'{name}' holds {found} bytes of values and its shape ({string.Join(", ", Shape)}) of {Type} needs {claimed}; "
                    + (found < claimed ? "it is truncated: copy it again" : "save one array a file")
            );
        }
    }

    private static (VolumeType Type, bool BigEndian) ParseType(string text, string name)
    {
        var match = DescrPattern().Match(text);
        if (!match.Success)
        {
            throw new DataException($"'{name}' is not an array of plain numbers (its header says {Shorten(text)}); {Right}");
        }

        VolumeType? type = match.Groups["type"].Value switch
        {
            "u1" => VolumeType.UInt8,
            "i1" => VolumeType.Int8,
            "u2" => VolumeType.UInt16,
            "i2" => VolumeType.Int16,
            "u4" => VolumeType.UInt32,
            "i4" => VolumeType.Int32,
            "u8" => VolumeType.UInt64,
            "i8" => VolumeType.Int64,
            "f2" => VolumeType.Float16,
            "f4" => VolumeType.Float32,
            "f8" => VolumeType.Float64,
            _ => null,
        };
        return type is { } known
            ? (known, match.Groups["order"].Value == ">")
            : throw new DataException(
                $"'{name}' has values of type '{match.Groups["order"].Value}{match.Groups["type"].Value}'"
                    + (match.Groups["type"].Value.StartsWith('O') ? " (Python objects)" : "")
                    + $"; {Right}"
            );
    }

    private static bool ParseOrder(string text, string name)
    {
        var match = OrderPattern().Match(text);
        return match.Success
            ? match.Groups["value"].Value == "True"
            : throw new DataException($"'{name}' has a .npy header without fortran_order ({Shorten(text)}); save it again with numpy.save");
    }

    private static int[] ParseShape(string text, string name)
    {
        var match = ShapePattern().Match(text);
        if (!match.Success)
        {
            throw new DataException($"'{name}' has a .npy header without a shape ({Shorten(text)}); save it again with numpy.save");
        }

        var sizes = match.Groups["sizes"].Value.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        if (sizes.Length is not (2 or 3))
        {
            throw new DataException(
                $"'{name}' has shape ({match.Groups["sizes"].Value}), {sizes.Length} dimensions; a volume has 3 (slices, height, width), one slice 2"
            );
        }

        return Array.ConvertAll(
            sizes,
            size =>
                int.TryParse(size, NumberStyles.None, CultureInfo.InvariantCulture, out var value) && value > 0
                    ? value
                    : throw new DataException($"'{name}' has shape ({match.Groups["sizes"].Value}); every size must be 1 … {int.MaxValue}")
        );
    }

    private static string Shorten(string text) => text.Trim() is { Length: > 80 } longer ? longer[..80] + "…" : text.Trim();

    private static DataException Truncated(string name) => new($"'{name}' ends inside its .npy header; copy it again");

    [GeneratedRegex(@"'descr'\s*:\s*'(?<order>[<>|=]?)(?<type>[a-zA-Z?]\d*)'", RegexOptions.NonBacktracking)]
    private static partial Regex DescrPattern();

    [GeneratedRegex(@"'fortran_order'\s*:\s*(?<value>True|False)", RegexOptions.NonBacktracking)]
    private static partial Regex OrderPattern();

    [GeneratedRegex(@"'shape'\s*:\s*\((?<sizes>[\d\s,]*)\)", RegexOptions.NonBacktracking)]
    private static partial Regex ShapePattern();
}
