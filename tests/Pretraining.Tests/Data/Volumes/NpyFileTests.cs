using System.Text;
using Orchestrator.Pretraining.Data.Volumes;
using Xunit;

namespace Orchestrator.Pretraining.Tests.Data.Volumes;

public sealed class NpyFileTests
{
    [Theory]
    [InlineData("u1.npy")]
    [InlineData("i1.npy")]
    [InlineData("little-u2.npy")]
    [InlineData("little-i2.npy")]
    [InlineData("little-u4.npy")]
    [InlineData("little-i4.npy")]
    [InlineData("little-u8.npy")]
    [InlineData("little-i8.npy")]
    [InlineData("little-f2.npy")]
    [InlineData("little-f4.npy")]
    [InlineData("little-f8.npy")]
    [InlineData("big-u2.npy")]
    [InlineData("big-i2.npy")]
    [InlineData("big-i4.npy")]
    [InlineData("big-f4.npy")]
    [InlineData("big-f8.npy")]
    [InlineData("fortran.npy")]
    [InlineData("fortran-u1.npy")]
    [InlineData("slice.npy")]
    [InlineData("slice-fortran.npy")]
    [InlineData("version2.npy")]
    [InlineData("version3.npy")]
    [InlineData("percentiles.npy")]
    public void Array_that_numpy_saved_is_read_value_by_value(string file)
    {
        var bytes = VolumeFiles.Bytes(file);
        var volume = NpyFile.Read(bytes, file);
        VolumeFiles.Matches(volume, file, "volume");
        Assert.Equal((volume.Slices, volume.Height, volume.Width), NpyFile.ReadShape(bytes, bytes.Length, file));
    }

    [Theory]
    [InlineData("objects.npy", "'|O' (Python objects)")]
    [InlineData("records.npy", "not an array of plain numbers")]
    [InlineData("complex.npy", "'<c8'")]
    [InlineData("one-dimension.npy", "1 dimensions; a volume has 3 (slices, height, width)")]
    [InlineData("four-dimensions.npy", "4 dimensions; a volume has 3")]
    [InlineData("empty.npy", "every size must be 1 …")]
    [InlineData("ras-u1.nii", "does not start with \\x93NUMPY")]
    public void Array_that_is_no_volume_is_refused_with_the_reason(string file, string reason) =>
        VolumeFiles.Refused(reason, () => NpyFile.Read(VolumeFiles.Bytes(file), file));

    [Fact]
    public void Truncated_or_longer_file_is_refused_with_both_sizes()
    {
        var bytes = VolumeFiles.Bytes("little-i2.npy");
        VolumeFiles.Refused(
            "'a.npy' holds 119 bytes of values and its shape (3, 4, 5) of Int16 needs 120",
            () => NpyFile.Read(bytes.AsMemory(0, bytes.Length - 1), "a.npy")
        );
        VolumeFiles.Refused("holds 121 bytes", () => NpyFile.Read((byte[])[.. bytes, 0], "a.npy"));
        for (var length = 0; length < 128; length++)
        {
            VolumeFiles.Refused("a.npy", () => NpyFile.Read(bytes.AsMemory(0, length), "a.npy"));
        }
    }

    [Fact]
    public void Claimed_size_allocates_nothing()
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        VolumeFiles.Refused("more than 536870912 values", () => NpyFile.Read(Header("(2147483647, 2147483647, 2147483647)"), "a.npy"));
        VolumeFiles.Refused("it is truncated", () => NpyFile.Read(Header("(500, 1000, 1000)"), "a.npy"));
        VolumeFiles.Refused("every size must be", () => NpyFile.Read(Header("(99999999999999999999, 1, 1)"), "a.npy"));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 16 << 20);
    }

    [Fact]
    public void Unknown_version_and_oversized_header_are_refused()
    {
        var bytes = VolumeFiles.Bytes("u1.npy");
        bytes[6] = 4;
        VolumeFiles.Refused("version 4", () => NpyFile.Read(bytes, "a.npy"));
        (bytes[6], bytes[8], bytes[9]) = (1, 0xFF, 0xFF);
        VolumeFiles.Refused("header of 65535 bytes", () => NpyFile.Read(bytes, "a.npy"));
    }

    private static byte[] Header(string shape)
    {
        var text = $"{{'descr': '|u1', 'fortran_order': False, 'shape': {shape}, }}\n";
        return [0x93, .. "NUMPY"u8, 1, 0, (byte)text.Length, 0, .. Encoding.ASCII.GetBytes(text)];
    }
}
