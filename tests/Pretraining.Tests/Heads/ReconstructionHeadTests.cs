using Orchestrator.Pretraining.Backbones;
using Orchestrator.Pretraining.Heads;
using Orchestrator.Pretraining.Objectives;
using Orchestrator.Pretraining.Tests.Reference;
using Xunit;
using static TorchSharp.torch;

namespace Orchestrator.Pretraining.Tests.Heads;

public sealed class ReconstructionHeadTests
{
    private static readonly BackboneShape Shape = new(32, 32, 3, 8, 48, 4, 3);

    [Fact]
    public void Gmmls_reconstruction_loss_and_gradients_are_the_references()
    {
        using var scope = NewDisposeScope();
        var file = VectorFile.Open("gmml_recon");
        using var network = new Gmml(Shape);
        network.Load(file, "param.");
        var (features, reconstruction) = network.Forward(ImagePatches.Of(file.Floats("corrupted_global"), Shape));
        file.AssertClose("features_global", features.Values());
        file.AssertClose("recon_global", ImagePatches.ToImages(reconstruction, Shape));

        var clean = ImagePatches.Of(file.Floats("clean_global"), Shape).Values();
        // The mask holds for all channels.
        var mask = ImagePatches
            .Of(tensor(file.Floats("mask_global")).view(-1, 1, 32, 32).expand(-1, 3, -1, -1).reshape(-1).Values(), Shape)
            .Values();
        var scale = 1 / mask.Sum();
        var gradient = new float[clean.Length];
        var sum = MaskedReconstruction.SumAndGradient(reconstruction.Values(), clean, mask, scale, gradient);
        file.AssertClose("loss_global", [(float)(sum * scale)]);
        autograd.backward([reconstruction], [tensor(gradient).view(reconstruction.shape)]);
        network.AssertGradients(file, "grad_global.");
    }

    [Fact]
    public void Gmmls_losses_of_both_sizes_of_views_and_their_gradients_are_the_references()
    {
        using var scope = NewDisposeScope();
        var file = VectorFile.Open("gmml_recon");
        var small = new BackboneShape(16, 16, 3, 8, 48, 4, 3);
        using var network = new Gmml(Shape, small.Grid);
        network.Load(file, "param.");
        var global = Backward(network, file, Shape, "global");
        var local = Backward(network, file, small, "local");
        file.AssertClose("loss_global_part", [(float)global]);
        file.AssertClose("loss_local_part", [(float)local]);
        file.AssertClose("loss_multi", [(float)(global + local)]);
        network.AssertGradients(file, "grad_multi.");
    }

    /// <summary>Features, reconstruction, loss and backward of one size of views.</summary>
    private static double Backward(Gmml network, VectorFile file, BackboneShape shape, string views)
    {
        var (features, reconstruction) = network.Forward(ImagePatches.Of(file.Floats("corrupted_" + views), shape), shape.Grid);
        file.AssertClose("features_" + views, features.Values());
        file.AssertClose("recon_" + views, ImagePatches.ToImages(reconstruction, shape));
        var clean = ImagePatches.Of(file.Floats("clean_" + views), shape).Values();
        var mask = ImagePatches
            .Of(
                tensor(file.Floats("mask_" + views)).view(-1, 1, shape.Height, shape.Width).expand(-1, 3, -1, -1).reshape(-1).Values(),
                shape
            )
            .Values();
        var scale = 1 / mask.Sum();
        var gradient = new float[clean.Length];
        var sum = MaskedReconstruction.SumAndGradient(reconstruction.Values(), clean, mask, scale, gradient);
        autograd.backward([reconstruction], [tensor(gradient).view(reconstruction.shape)]);
        return sum * scale;
    }

    [Fact]
    public void Asits_head_on_a_grid_that_is_not_square_is_the_references()
    {
        using var scope = NewDisposeScope();
        var file = VectorFile.Open("asit_rechead");
        var shape = new BackboneShape(48, 16, 1, 8, 24, 3, 2);
        using var head = new ReconstructionHead(shape, [32, 32, 16]);
        head.Load(file, "param.");
        var input = tensor(file.Floats("input")).view(3, 12, 24).requires_grad_();
        var output = head.Forward(input);
        file.AssertClose("output", ImagePatches.ToImages(output, shape));
        var loss = (output * ImagePatches.Of(file.Floats("loss_weight"), shape)).sum();
        file.AssertClose("loss", loss.Values());
        loss.backward();
        head.AssertGradients(file, "grad.");
        file.AssertClose("grad_input", input.grad!.Values());
    }

    [Fact]
    public void It_is_a_transposed_convolution_on_the_grid()
    {
        using var scope = NewDisposeScope();
        var shape = new BackboneShape(12, 8, 2, 4, 6, 1, 1);
        using var head = new ReconstructionHead(shape, [shape.Dim, shape.Dim, shape.Dim]);
        using (no_grad())
        {
            foreach (var parameter in head.parameters())
            {
                parameter.copy_(linspace(-1, 1, parameter.numel()).sin().view(parameter.shape));
            }
        }

        var tokens = linspace(-2, 2, 3 * shape.Patches * shape.Dim).view(3, shape.Patches, shape.Dim);
        var named = head.named_parameters().ToDictionary(p => p.name, p => p.parameter, StringComparer.Ordinal);
        var hidden = tokens;
        foreach (var layer in new[] { "mlp.0", "mlp.2", "mlp.4" })
        {
            hidden = nn.functional.gelu(nn.functional.linear(hidden, named[layer + ".weight"], named[layer + ".bias"]));
        }

        var grid = hidden.transpose(1, 2).reshape(3, shape.Dim, shape.GridHeight, shape.GridWidth);
        var expected = nn
            .functional.conv_transpose2d(grid, named["convTrans.weight"], named["convTrans.bias"], strides: [4, 4])
            .contiguous()
            .Values();
        var actual = ImagePatches.ToImages(head.Forward(tokens), shape);
        Assert.All(expected.Zip(actual), pair => Assert.Equal(pair.First, pair.Second, 1e-5f));
    }

    /// <summary>GMML's network with the reference's names: blocks 1, 2 and 4.</summary>
    private sealed class Gmml : nn.Module
    {
        private readonly VisionTransformer backbone;
        private readonly ReconstructionHead head_recons;

        public Gmml(BackboneShape shape, GridSize? otherGrid = null)
            : base(nameof(Gmml))
        {
            backbone = new VisionTransformer(shape, otherGrid: otherGrid);
            head_recons = new ReconstructionHead(shape, [shape.Dim, shape.Dim, shape.Dim]);
            RegisterComponents();
        }

        public (Tensor Features, Tensor Reconstruction) Forward(Tensor patches, GridSize? grid = null)
        {
            var blocks = backbone.Forward(patches, new BackbonePass { Blocks = [1, 2, 4], Grid = grid }).Blocks;
            var mean = (blocks[0] + blocks[1] + blocks[2]) / 3;
            var features = backbone.Normalize(mean.narrow(1, 1, mean.shape[1] - 1));
            return (features, head_recons.Forward(features));
        }
    }
}
