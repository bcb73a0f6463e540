using Orchestrator.Pretraining.Data;
using Orchestrator.Pretraining.Data.Volumes;
using Xunit;

namespace Orchestrator.Pretraining.Tests.Data.Volumes;

public sealed class VolumeTests
{
    [Fact]
    public void Slice_of_bytes_is_the_bytes_repeated_over_channels()
    {
        var volume = NpyFile.Read(VolumeFiles.Bytes("u1.npy"), "u1.npy");
        var slice = volume.Slice(1, channels: 3);
        var plane = VolumeFiles.Values(volume).Skip(20).Take(20).Select(v => (byte)v).ToArray();
        Assert.Equal(new ImageSize(4, 5, 3), slice.Size);
        Assert.True(slice.Words.IsEmpty);
        Assert.Equal([.. plane, .. plane, .. plane], slice.Pixels.ToArray());
    }

    [Fact]
    public void Axes_take_turns_as_slices()
    {
        var volume = NpyFile.Read(VolumeFiles.Bytes("u1.npy"), "u1.npy");
        var (height, width) = (volume.Along(1), volume.Along(2));
        Assert.Equal((4, 3, 5), (height.Slices, height.Height, height.Width));
        Assert.Equal((5, 3, 4), (width.Slices, width.Height, width.Width));
        Assert.Equal(volume[2, 3, 1], height[3, 2, 1]);
        Assert.Equal(volume[2, 3, 1], width[1, 2, 3]);
        Assert.Equal((byte)volume[2, 3, 1], width.Slice(1).Pixels.Span[(2 * 4) + 3]);
    }

    [Theory]
    [InlineData("little-i2.npy")]
    [InlineData("big-f4.npy")]
    [InlineData("little-f8.npy")]
    [InlineData("percentiles.npy")]
    public void Window_is_numpys_percentiles(string file)
    {
        var window = NpyFile.Read(VolumeFiles.Bytes(file), file).Window;
        Assert.Equal(VolumeFiles.Window(file), (window.Low, window.High));
    }

    [Fact]
    public void Words_run_from_the_windows_low_to_its_high_end()
    {
        var window = new SliceWindow(-10, 10);
        Assert.Equal(
            [0, 0, 32768, 65535, 65535, 0, 65535, 0],
            new[] { -11f, -10f, 0f, 10f, 11f, float.NaN, float.PositiveInfinity, float.NegativeInfinity }.Select(v => (int)window.ToWord(v))
        );
        var volume = NpyFile.Read(VolumeFiles.Bytes("percentiles.npy"), "percentiles.npy");
        Assert.Equal(
            VolumeFiles.Values(volume.Along(2)).Take(5 * 17).Select(v => volume.Window.ToWord(v)),
            volume.Along(2).Slice(0).Words.ToArray()
        );
    }

    [Fact]
    public void Window_of_a_sparse_volume_is_its_range_and_of_a_constant_one_dark()
    {
        var sparse = new float[10_000];
        (sparse[7], sparse[8]) = (-2, 5);
        Assert.Equal(new SliceWindow(-2, 5), SliceWindow.Of(sparse));
        Assert.Equal(0, SliceWindow.Of([3, 3, 3]).ToWord(3));
        Assert.Equal(0, SliceWindow.Of([float.NaN, float.PositiveInfinity]).ToWord(float.PositiveInfinity));
        Assert.Equal(new SliceWindow(1, 2), SliceWindow.Of([float.NaN, 1, float.PositiveInfinity, 2]));
    }
}
