using System.Text.Json;
using Orchestrator.Pretraining.Data;
using Orchestrator.Pretraining.Data.Volumes;
using Xunit;

namespace Orchestrator.Pretraining.Tests.Data.Volumes;

/// <summary>The files that numpy and nibabel wrote (Files/volumes/make.py), and what these two read from them.</summary>
internal static class VolumeFiles
{
    private static readonly string Folder = Path.Combine(AppContext.BaseDirectory, "Files", "volumes");
    private static readonly JsonElement Golden = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(Folder, "golden.json"))).RootElement;

    public static byte[] Bytes(string file) => File.ReadAllBytes(Path.Combine(Folder, file));

    public static (float Low, float High) Window(string file)
    {
        var window = Golden.GetProperty(file).GetProperty("window");
        return (window[0].GetSingle(), window[1].GetSingle());
    }

    /// <summary>Every value and all sizes, bit for bit.</summary>
    public static void Matches(Volume volume, string file, string view)
    {
        var golden = Golden.GetProperty(file).GetProperty(view);
        Assert.Equal(golden.GetProperty("shape").EnumerateArray().Select(v => v.GetInt32()), [volume.Slices, volume.Height, volume.Width]);
        var expected = golden.GetProperty("values").EnumerateArray().Select(v => v.GetSingle()).ToArray();
        Assert.Equal(expected, Values(volume));
    }

    public static float[] Values(Volume volume) =>
        [
            .. from slice in Enumerable.Range(0, volume.Slices)
            from row in Enumerable.Range(0, volume.Height)
            from column in Enumerable.Range(0, volume.Width)
            select volume[slice, row, column],
        ];

    public static void Refused(string expected, Action read)
    {
        var message = Assert.Throws<DataException>(read).Message;
        Assert.Contains(expected, message, StringComparison.Ordinal);
    }
}
