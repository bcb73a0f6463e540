using System.Buffers.Binary;

namespace Orchestrator.Pretraining.Data.Volumes;

/// <summary>The fields of a NIfTI header that are used, where each version has them.</summary>
internal readonly ref struct NiftiFields(ReadOnlySpan<byte> header, bool bigEndian, bool version2)
{
    private readonly ReadOnlySpan<byte> header = header;

    public bool BigEndian => bigEndian;

    public bool Version2 => version2;

    public int DataType => version2 ? Int16(12) : Int16(70);

    public double DataOffset => version2 ? Int64(168) : Float32(108);

    public double Slope => version2 ? Float64(176) : Float32(112);

    public double Intercept => version2 ? Float64(184) : Float32(116);

    /// <summary><c>dim[i]</c>: 0 is the number of dimensions.</summary>
    public long Dimension(int i) => version2 ? Int64(16 + (8 * i)) : Int16(40 + (2 * i));

    /// <summary>From the sform where its code is above 0, else from the qform where its code is, else null.</summary>
    public VolumeOrientation? Orientation()
    {
        var (qformCode, sformCode) = version2 ? (Int32(344), Int32(348)) : (Int16(252), Int16(254));
        Span<double> affine = stackalloc double[9];
        if (sformCode > 0)
        {
            for (var row = 0; row < 3; row++)
            {
                for (var column = 0; column < 3; column++)
                {
                    var i = (4 * row) + column;
                    affine[(3 * row) + column] = version2 ? Float64(400 + (8 * i)) : Float32(280 + (4 * i));
                }
            }
        }
        else if (qformCode > 0)
        {
            Rotation(affine);
        }
        else
        {
            return null;
        }

        return VolumeOrientation.FromAffine(affine);
    }

    // nifti1.h, method 2: a unit quaternion (a, b, c, d), and pixdim[0] that turns the third axis round. Only directions matter, so the pixels' sizes
    // are left out.
    private void Rotation(Span<double> affine)
    {
        var (b, c, d) = version2 ? (Float64(352), Float64(360), Float64(368)) : (Float32(256), Float32(260), Float32(264));
        var a = Math.Sqrt(Math.Max(0, 1 - ((b * b) + (c * c) + (d * d))));
        var turn = (version2 ? Float64(104) : Float32(76)) < 0 ? -1 : 1;
        affine[0] = (a * a) + (b * b) - (c * c) - (d * d);
        affine[1] = 2 * ((b * c) - (a * d));
        affine[2] = 2 * ((b * d) + (a * c)) * turn;
        affine[3] = 2 * ((b * c) + (a * d));
        affine[4] = (a * a) + (c * c) - (b * b) - (d * d);
        affine[5] = 2 * ((c * d) - (a * b)) * turn;
        affine[6] = 2 * ((b * d) - (a * c));
        affine[7] = 2 * ((c * d) + (a * b));
        affine[8] = ((a * a) + (d * d) - (b * b) - (c * c)) * turn;
    }

    private int Int16(int at) =>
        bigEndian ? BinaryPrimitives.ReadInt16BigEndian(header[at..]) : BinaryPrimitives.ReadInt16LittleEndian(header[at..]);

    private int Int32(int at) =>
        bigEndian ? BinaryPrimitives.ReadInt32BigEndian(header[at..]) : BinaryPrimitives.ReadInt32LittleEndian(header[at..]);

    private long Int64(int at) =>
        bigEndian ? BinaryPrimitives.ReadInt64BigEndian(header[at..]) : BinaryPrimitives.ReadInt64LittleEndian(header[at..]);

    private double Float32(int at) =>
        bigEndian ? BinaryPrimitives.ReadSingleBigEndian(header[at..]) : BinaryPrimitives.ReadSingleLittleEndian(header[at..]);

    private double Float64(int at) =>
        bigEndian ? BinaryPrimitives.ReadDoubleBigEndian(header[at..]) : BinaryPrimitives.ReadDoubleLittleEndian(header[at..]);
}
