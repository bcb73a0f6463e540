using System.Runtime.InteropServices;
using Orchestrator.Pretraining.Backbones;
using Orchestrator.Pretraining.Checkpoints;
using Orchestrator.Pretraining.Data;
using Orchestrator.Pretraining.Views;
using Orchestrator.Shared.Randomness;
using static TorchSharp.torch;

namespace Orchestrator.Pretraining.Evaluation;

/// <summary>
/// A few inputs with what the encoders make of them: who loads an encoder elsewhere sees whether it computes the same function. Tensors:
/// <c>input</c> <c>[4, C, H, W]</c>, normalized; <c>features</c> <c>[4, D]</c>, the class token (without one the mean patch token), and <c>patch_features</c> <c>[4, N, D]</c>, both
/// after the final norm; the teacher's as <c>teacher_features</c> and <c>teacher_patch_features</c>.
/// </summary>
public static class EncoderExample
{
    private const int Inputs = 4;

    /// <summary>The tensors. Call on a thread with one torch thread.</summary>
    /// <param name="data">Renders the inputs, not cropped.</param>
    /// <param name="samples">Held-out samples; the first four are shown. Unit Gaussian noise stands in for a damaged one, or for one too few.</param>
    /// <param name="student">In fp32.</param>
    /// <param name="teacher">In fp32; null without one.</param>
    /// <exception cref="DataException">A sample cannot be read on this machine.</exception>
    public static IReadOnlyList<NamedFloats> Compute(
        IDataSet data,
        IReadOnlyList<int> samples,
        VisionTransformer student,
        VisionTransformer? teacher
    )
    {
        using var scope = NewDisposeScope();
        using var withoutGradients = no_grad();
        var size = data.ViewSize;
        var layout = new PatchLayout(size, student.Shape.Patch);
        var input = new float[Inputs * size.Length];
        var patches = zeros([Inputs, layout.Count, layout.PatchLength], dtype: ScalarType.Float32);
        var renderer = data.CreateRenderer();
        for (var i = 0; i < Inputs; i++)
        {
            var view = input.AsSpan(i * size.Length, size.Length);
            Render(renderer, samples, i, view);
            layout.Patchify(view, MemoryMarshal.Cast<byte, float>(patches.bytes).Slice(i * size.Length, size.Length));
        }

        return
        [
            new NamedFloats("input", [Inputs, size.Channels, size.Height, size.Width], input),
            .. Features(student, patches, ""),
            .. teacher is null ? [] : Features(teacher, patches, "teacher_"),
        ];
    }

    private static void Render(IViewRenderer renderer, IReadOnlyList<int> samples, int i, Span<float> view)
    {
        if (i < samples.Count)
        {
            try
            {
                renderer.RenderAligned(samples[i], view);
                return;
            }
            catch (DataException exception) when (!exception.IsUnreadable)
            {
                // A trained run does not fail for a picture of its example.
            }
        }

        new PhiloxStream(UnalignedProtocol.Seed, DrawPurpose.ExampleNoise, 0, i).FillGaussian(view);
    }

    private static NamedFloats[] Features(VisionTransformer network, Tensor patches, string prefix)
    {
        var tokens = network.Forward(patches, new BackbonePass()).Tokens;
        return
        [
            Named(prefix + "features", network.ImageFeatures(tokens)),
            Named(prefix + "patch_features", network.Normalize(network.PatchTokens(tokens))),
        ];
    }

    private static NamedFloats Named(string name, Tensor values) =>
        new(name, values.shape, MemoryMarshal.Cast<byte, float>(values.contiguous().bytes).ToArray());
}
