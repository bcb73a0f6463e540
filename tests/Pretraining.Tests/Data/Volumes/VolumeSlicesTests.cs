using Orchestrator.Pretraining.Data;
using Orchestrator.Pretraining.Data.Index;
using Orchestrator.Pretraining.Data.Volumes;
using Orchestrator.Shared.Runs;
using Xunit;

namespace Orchestrator.Pretraining.Tests.Data.Volumes;

/// <summary>Folders of files that numpy and nibabel wrote, slice by slice.</summary>
public sealed class VolumeSlicesTests : IDisposable
{
    private readonly DataFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData(SlicePlane.Axial)]
    [InlineData(SlicePlane.Coronal)]
    [InlineData(SlicePlane.Sagittal)]
    public void Slices_of_a_folder_are_those_of_its_volumes_in_the_plane(SlicePlane plane)
    {
        string[] files = ["lps-i2-scaled.nii.gz", "oblique-i4.nii", "qform-u2.nii", "ras-u1.nii", "version2-qform.nii.gz"];
        Put(files);
        using var slices = Open(plane, out _);
        var expected = files.SelectMany(file => Slices(NiftiFile.Read(VolumeFiles.Bytes(file), file).InPlane(plane))).ToArray();
        Assert.Equal(expected.Length, slices.Index.Count);
        for (var sample = 0; sample < expected.Length; sample++)
        {
            Same(expected[sample], slices.Read(sample));
        }
    }

    [Fact]
    public void Arrays_are_cut_as_they_are_stored_whatever_their_type_and_order()
    {
        string[] files = ["big-f4.npy", "fortran-u1.npy", "little-i2.npy", "slice.npy", "u1.npy"];
        Put(files);
        using var slices = Open(SlicePlane.Axial, out _);
        var expected = files.SelectMany(file => Slices(NpyFile.Read(VolumeFiles.Bytes(file), file))).ToArray();
        Assert.Equal(13, slices.Index.Count);
        for (var sample = 0; sample < expected.Length; sample++)
        {
            Same(expected[sample], slices.Read(sample));
        }
    }

    [Fact]
    public void Of_bytes_in_C_order_only_the_slice_is_read_and_of_other_volumes_the_file_once()
    {
        Put("fortran-u1.npy", "u1.npy");
        using var slices = Open(SlicePlane.Axial, out var store);
        store.Parts.Clear();
        foreach (var sample in new[] { 5, 3, 0, 4, 2, 1, 0, 5 })
        {
            Assert.Equal(20, slices.Read(sample).Pixels.Length);
        }

        Assert.Equal(["scans/fortran-u1.npy"], store.Whole);
        Assert.Equal(
            [(168L, 20), (128L, 20), (148L, 20), (168L, 20)],
            store.Parts.Where(part => part is { Path: "scans/u1.npy", Length: 20 }).Select(part => (part.Offset, part.Length))
        );
    }

    [Fact]
    public void A_slice_has_the_channels_of_the_views()
    {
        Put("u1.npy");
        using var slices = Open(SlicePlane.Axial, out _, channels: 3);
        var volume = NpyFile.Read(VolumeFiles.Bytes("u1.npy"), "u1.npy");
        Same(volume.Slice(2, channels: 3), slices.Read(2));
    }

    [Fact]
    public void A_truncated_volume_has_all_its_slices_damaged_and_is_decoded_once()
    {
        Put("ras-u1.nii");
        // The header is whole, and some of the values.
        folder.Write("scans/cut.nii.gz", DataFolder.Gzip(VolumeFiles.Bytes("ras-u1.nii")[..380]));
        using var slices = Open(SlicePlane.Axial, out var store);
        var parts = slices.Index.PartsOf(0);
        Assert.True(parts > 1);
        for (var sample = 0; sample < parts; sample++)
        {
            var problem = Assert.Throws<DataException>(() => slices.Read(sample));
            Assert.False(problem.IsUnreadable);
            Assert.Contains("'scans/cut.nii.gz' holds 380 bytes", problem.Message, StringComparison.Ordinal);
        }

        Assert.Equal(["scans/cut.nii.gz"], store.Whole);
        slices.Read(parts);
    }

    [Fact]
    public void A_volume_whose_header_is_wrong_is_one_damaged_sample()
    {
        Put("u1.npy");
        folder.Write("scans/a.npy", VolumeFiles.Bytes("u1.npy")[..150]);
        folder.Write("scans/b.nii", [.. "no volume"u8]);
        using var slices = Open(SlicePlane.Axial, out _);
        Assert.Equal([1, 1, 3], Enumerable.Range(0, slices.Index.Entries).Select(slices.Index.PartsOf));
        VolumeFiles.Refused("'scans/a.npy' holds 22 bytes of values and its shape (3, 4, 5) of UInt8 needs 60", () => slices.Read(0));
        VolumeFiles.Refused("'scans/b.nii' is not a NIfTI file", () => slices.Read(1));
        slices.Read(2);
    }

    [Fact]
    public void A_folder_without_one_volume_that_can_be_used_is_refused_by_its_first()
    {
        Put("four-dimensions.npy", "two-volumes.nii");
        VolumeFiles.Refused(
            "'scans' has no volume with axial slices, of 2: 'scans/four-dimensions.npy' has shape (2, 2, 2, 2), 4 dimensions",
            () => Open(SlicePlane.Axial, out _)
        );
    }

    [Fact]
    public void A_file_that_does_not_say_how_it_lies_has_axial_slices_only()
    {
        Put("u1.npy", "no-form.nii");
        using (var slices = Open(SlicePlane.Axial, out _))
        {
            Assert.Equal(2, slices.Index.Entries);
            Same(NiftiFile.Read(VolumeFiles.Bytes("no-form.nii"), "x").Slice(0), slices.Read(0));
        }

        VolumeFiles.Refused(
            "volume 'scans/no-form.nii' does not say how it lies in the body, so it has no coronal slices",
            () => Open(SlicePlane.Coronal, out _)
        );
    }

    [Fact]
    public void A_file_that_is_gone_or_has_changed_is_no_damage()
    {
        Put("u1.npy", "ras-u1.nii");
        using var slices = Open(SlicePlane.Axial, out _);
        File.Delete(Path.Combine(folder.Root, "scans/ras-u1.nii"));
        // As long as the one that was listed, of another shape.
        var other = VolumeFiles.Bytes("u1.npy");
        "(4, 3, 5)"u8.CopyTo(other.AsSpan(other.AsSpan().IndexOf("(3, 4, 5)"u8)));
        folder.Write("scans/u1.npy", other);
        Assert.True(Assert.Throws<DataException>(() => slices.Read(0)).IsUnreadable);
        var changed = Assert.Throws<DataException>(() => slices.Read(slices.Index.Count - 1));
        Assert.True(changed.IsUnreadable);
        Assert.Contains("'scans/u1.npy' has 4 slices, and had 3 when", changed.Message, StringComparison.Ordinal);
    }

    private static IEnumerable<DecodedImage> Slices(Volume volume) =>
        Enumerable.Range(0, volume.Slices).Select(index => volume.Slice(index));

    private static void Same(DecodedImage expected, DecodedImage found)
    {
        Assert.Equal(expected.Size, found.Size);
        Assert.Equal(expected.Pixels.ToArray(), found.Pixels.ToArray());
        Assert.Equal(expected.Words.ToArray(), found.Words.ToArray());
    }

    private void Put(params string[] files)
    {
        foreach (var file in files)
        {
            folder.Write($"scans/{file}", VolumeFiles.Bytes(file));
        }
    }

    private VolumeSlices Open(SlicePlane plane, out CountedStore store, int channels = 1)
    {
        store = new CountedStore(folder.Root);
        var files = new SampleIndexes(null, null).Open(store, new DataSpec { Volumes = "scans", Plane = plane });
        return new VolumeSlices(files, plane, channels);
    }
}
