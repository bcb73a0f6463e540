using Orchestrator.Pretraining.Checkpoints;

namespace Orchestrator.Pretraining.Tests.Data.Images;

/// <summary>The files of Files/images, which make.py beside them made with Pillow, ffmpeg and torchvision.</summary>
internal static class ImageFiles
{
    public static byte[] Read(string name) => File.ReadAllBytes(PathOf(name));

    /// <summary>The tensors of a .safetensors file.</summary>
    public static Dictionary<string, float[]> Tensors(string name) =>
        SafetensorsFile.Read(PathOf(name)).Entries.ToDictionary(e => e.Name, e => e.ReadFloats(), StringComparer.Ordinal);

    private static string PathOf(string name) => Path.Combine(AppContext.BaseDirectory, "Files", "images", name);
}
