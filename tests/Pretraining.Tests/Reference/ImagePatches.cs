using Orchestrator.Pretraining.Backbones;
using static TorchSharp.torch;

namespace Orchestrator.Pretraining.Tests.Reference;

/// <summary>Images <c>[b, C, H, W]</c> as patches <c>[b, N, C·p²]</c> and back, by torch's own view and permute.</summary>
internal static class ImagePatches
{
    public static Tensor Of(float[] images, BackboneShape shape) =>
        tensor(images)
            .view(-1, shape.Channels, shape.GridHeight, shape.Patch, shape.GridWidth, shape.Patch)
            .permute(0, 2, 4, 1, 3, 5)
            .reshape(-1, shape.Patches, shape.PatchValues);

    public static float[] ToImages(Tensor patches, BackboneShape shape) =>
        patches
            .view(-1, shape.GridHeight, shape.GridWidth, shape.Channels, shape.Patch, shape.Patch)
            .permute(0, 3, 1, 4, 2, 5)
            .reshape(-1)
            .Values();

    /// <summary>A copy of a tensor's values.</summary>
    public static float[] Values(this Tensor values) => values.detach().contiguous().data<float>().ToArray();
}
