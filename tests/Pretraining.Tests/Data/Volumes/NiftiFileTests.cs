using System.Buffers.Binary;
using Orchestrator.Pretraining.Data;
using Orchestrator.Pretraining.Data.Volumes;
using Orchestrator.Shared.Runs;
using Xunit;

namespace Orchestrator.Pretraining.Tests.Data.Volumes;

public sealed class NiftiFileTests
{
    public static TheoryData<string> Oriented =>
        new(
            "ras-u1.nii",
            "ras-u1.nii.gz",
            "lps-i2-scaled.nii.gz",
            "psr-f4.nii",
            "oblique-i4.nii",
            "qform-u2.nii",
            "qform-left.nii",
            "big-endian.nii",
            "version2.nii",
            "version2-qform.nii.gz",
            "one-of-four.nii"
        );

    [Theory]
    [MemberData(nameof(Oriented))]
    public void Planes_are_those_of_the_body_as_nibabel_finds_them(string file)
    {
        var bytes = VolumeFiles.Bytes(file);
        var volume = NiftiFile.Read(bytes, file);
        VolumeFiles.Matches(volume, file, "Axial");
        foreach (var plane in Enum.GetValues<SlicePlane>())
        {
            var view = volume.InPlane(plane);
            VolumeFiles.Matches(view, file, plane.ToString());
            Assert.Equal((view.Slices, view.Height, view.Width), NiftiFile.ReadShape(bytes, file, plane));
        }
    }

    [Fact]
    public void File_without_orientation_has_its_last_axis_as_slices_and_no_planes()
    {
        var volume = NiftiFile.Read(VolumeFiles.Bytes("no-form.nii"), "no-form.nii");
        VolumeFiles.Matches(volume, "no-form.nii", "volume");
        Assert.False(volume.HasOrientation);
        VolumeFiles.Refused("does not say how it lies in the body", () => volume.InPlane(SlicePlane.Coronal));
    }

    [Fact]
    public void Only_unscaled_unsigned_bytes_stay_bytes()
    {
        Assert.True(NiftiFile.Read(VolumeFiles.Bytes("ras-u1.nii.gz"), "a").IsBytes);
        Assert.False(NiftiFile.Read(VolumeFiles.Bytes("lps-i2-scaled.nii.gz"), "a").IsBytes);
        var scaled = VolumeFiles.Bytes("ras-u1.nii");
        BinaryPrimitives.WriteSingleLittleEndian(scaled.AsSpan(112), 2);
        BinaryPrimitives.WriteSingleLittleEndian(scaled.AsSpan(116), 1);
        var (plain, twice) = (NiftiFile.Read(VolumeFiles.Bytes("ras-u1.nii"), "a"), NiftiFile.Read(scaled, "a"));
        Assert.False(twice.IsBytes);
        Assert.Equal(VolumeFiles.Values(plain).Select(v => (2 * v) + 1), VolumeFiles.Values(twice));
    }

    [Theory]
    [InlineData("two-volumes.nii", "holds 2 volumes along dimension 4")]
    [InlineData("complex.nii", "type 32 (complex numbers)")]
    [InlineData("pair.hdr", ".hdr/.img pair")]
    [InlineData("u1.npy", "is not a NIfTI file")]
    public void File_that_is_no_volume_is_refused_with_the_reason(string file, string reason) =>
        VolumeFiles.Refused(reason, () => NiftiFile.Read(VolumeFiles.Bytes(file), file));

    [Theory]
    [InlineData("ras-u1.nii")]
    [InlineData("version2.nii")]
    [InlineData("ras-u1.nii.gz")]
    [InlineData("version2-qform.nii.gz")]
    public void Truncated_file_is_refused_at_every_length(string file)
    {
        var bytes = VolumeFiles.Bytes(file);
        // The last 8 bytes of gzip are a checksum and a length, which stand after the last value.
        for (var length = 0; length < bytes.Length - (file.EndsWith(".gz", StringComparison.Ordinal) ? 9 : 0); length++)
        {
            VolumeFiles.Refused("'a.nii'", () => NiftiFile.Read(bytes.AsMemory(0, length), "a.nii"));
        }
    }

    [Fact]
    public void Claimed_size_allocates_nothing()
    {
        var bytes = VolumeFiles.Bytes("ras-u1.nii");
        for (var axis = 1; axis <= 3; axis++)
        {
            BinaryPrimitives.WriteInt16LittleEndian(bytes.AsSpan(40 + (2 * axis)), 800);
        }

        var zipped = DataFolder.Gzip(bytes);
        var before = GC.GetAllocatedBytesForCurrentThread();
        VolumeFiles.Refused("800 × 800 × 800 values", () => NiftiFile.Read(bytes, "a.nii"));
        VolumeFiles.Refused("800 × 800 × 800 values", () => NiftiFile.Read(zipped, "a.nii"));
        BinaryPrimitives.WriteInt16LittleEndian(bytes.AsSpan(42), 30_000);
        VolumeFiles.Refused("all values at most", () => NiftiFile.Read(bytes, "a.nii"));
        BinaryPrimitives.WriteInt16LittleEndian(bytes.AsSpan(42), -3);
        VolumeFiles.Refused("a size of -3 along dimension 1", () => NiftiFile.Read(bytes, "a.nii"));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 16 << 20);
    }

    [Fact]
    public void Endless_gzip_is_read_no_further_than_its_header_claims()
    {
        var volume = VolumeFiles.Bytes("ras-u1.nii");
        var bomb = DataFolder.Gzip([.. volume, .. new byte[64 << 20]]);
        var before = GC.GetAllocatedBytesForCurrentThread();
        VolumeFiles.Matches(NiftiFile.Read(bomb, "a.nii.gz"), "ras-u1.nii", "Axial");
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 16 << 20);
    }

    [Fact]
    public void Damaged_bytes_give_a_volume_or_the_data_exception_and_nothing_else()
    {
        foreach (var file in new[] { "ras-u1.nii.gz", "version2.nii", "big-endian.nii" })
        {
            var bytes = VolumeFiles.Bytes(file);
            for (var i = 0; i < bytes.Length; i++)
            {
                var damaged = bytes.ToArray();
                damaged[i] ^= 0xFF;
                try
                {
                    Assert.InRange(NiftiFile.Read(damaged, file).Slices, 1, 60);
                }
                catch (DataException exception)
                {
                    Assert.Contains(file, exception.Message, StringComparison.Ordinal);
                }
            }
        }
    }
}
