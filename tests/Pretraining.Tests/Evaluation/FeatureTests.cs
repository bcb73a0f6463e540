using System.Runtime.InteropServices;
using Orchestrator.Pretraining.Backbones;
using Orchestrator.Pretraining.Data;
using Orchestrator.Pretraining.Evaluation;
using Orchestrator.Pretraining.Methods;
using Orchestrator.Pretraining.Training;
using Orchestrator.Pretraining.Views;
using Orchestrator.Shared.Runs;
using TorchSharp;
using Xunit;

namespace Orchestrator.Pretraining.Tests.Evaluation;

public sealed class FeatureTests
{
    [Fact]
    public void Class_token_feature_is_the_normalized_class_token_of_the_whole_computation()
    {
        var spec = TinyRun.Spec(MethodName.MimClustering);
        using var state = InitialState.Create(spec, MethodCatalog.Create(spec));
        using var network = FrozenNetwork.Over(MethodCatalog.Create(spec), state.Student);
        using var scope = torch.NewDisposeScope();
        using var withoutGradients = torch.no_grad();
        var patches = torch.sin(torch.arange(3 * 4 * 16)).view(3, 4, 16);
        var features = Features(spec, network.Backbone, patches);

        var whole = network.Backbone.Normalize(network.Backbone.Forward(patches, new BackbonePass()).Tokens);
        Assert.Equal(3 * 16, features.Length);
        AssertClose(whole.select(1, 0), features);
    }

    [Fact]
    public void Mean_feature_is_each_block_s_normalized_patch_tokens_averaged()
    {
        var spec = TinyRun.Spec(MethodName.Gmml);
        using var state = InitialState.Create(spec, MethodCatalog.Create(spec));
        using var network = FrozenNetwork.Over(MethodCatalog.Create(spec), state.Student);
        using var scope = torch.NewDisposeScope();
        using var withoutGradients = torch.no_grad();
        var patches = torch.sin(torch.arange(3 * 4 * 16)).view(3, 4, 16);
        var features = Features(spec, network.Backbone, patches);

        // Two blocks are all that there are.
        var blocks = network.Backbone.Forward(patches, new BackbonePass { Blocks = [1, 2] }).Blocks;
        Assert.Equal(3 * 32, features.Length);
        for (var image = 0; image < 3; image++)
        {
            for (var block = 0; block < 2; block++)
            {
                var expected = new double[16];
                for (var token = 1; token <= 4; token++)
                {
                    var values = MemoryMarshal.Cast<byte, float>(blocks[block][image][token].contiguous().bytes).ToArray();
                    var mean = values.Average();
                    var deviation = Math.Sqrt(values.Average(v => (v - mean) * (double)(v - mean)) + 1e-6);
                    for (var i = 0; i < 16; i++)
                    {
                        expected[i] += (values[i] - mean) / deviation / 4;
                    }
                }

                for (var i = 0; i < 16; i++)
                {
                    Assert.Equal(expected[i], features[(image * 32) + (block * 16) + i], 1e-5);
                }
            }
        }
    }

    [Fact]
    public void All_features_of_an_image_are_of_the_same_view()
    {
        using var run = new TinyRun();
        var spec = TinyRun.Spec(MethodName.Gmml);
        var options = run.Options("artifacts");
        using var data = DataSets.Open(options.Data, spec);
        using var state = InitialState.Create(spec, MethodCatalog.Create(spec));
        using var network = FrozenNetwork.Over(MethodCatalog.Create(spec), state.Student);
        using var gang = new ShardGang(2, "test");
        var layout = new PatchLayout(data.ViewSize, 4);
        var extractor = new FeatureExtractor(NetworkFactory.Shape(spec.Backbone), spec.Options);
        int[] indices = [.. Enumerable.Range(20, 101)];
        var features = new FeaturePass(data, extractor, layout).Run(
            indices,
            [network.Backbone, network.Backbone],
            gang,
            () => { },
            CancellationToken.None
        );

        Assert.Equal(features.Networks[0].Values.ToArray(), features.Networks[1].Values.ToArray());
        var (view, aligned, renderer) = (new float[64], new float[64], data.CreateRenderer());
        var cropped = 0;
        for (var i = 0; i < indices.Length; i++)
        {
            renderer.RenderProbe(indices[i], aligned, view);
            Assert.Equal(view, features.Pixels[i].ToArray());
            Assert.Equal(aligned, features.AlignedPixels[i].ToArray());
            cropped += view.AsSpan().SequenceEqual(aligned) ? 0 : 1;
        }

        // At 8 pixels a large crop may round to the whole image.
        Assert.InRange(cropped, 80, 101);

        // And the network saw that view: one image alone gives its row, within the rounding of another batch size.
        renderer.RenderProbe(indices[70], aligned, view);
        using var scope = torch.NewDisposeScope();
        var patches = torch.zeros(1, layout.Count, layout.PatchLength);
        layout.Patchify(view, MemoryMarshal.Cast<byte, float>(patches.bytes));
        var alone = Features(spec, network.Backbone, patches);
        Assert.All(alone, (value, i) => Assert.Equal(value, features.Networks[0][70][i], 1e-5f));
    }

    private static float[] Features(RunSpec spec, VisionTransformer backbone, torch.Tensor patches)
    {
        var extractor = new FeatureExtractor(NetworkFactory.Shape(spec.Backbone), spec.Options);
        var features = new float[(int)patches.shape[0] * extractor.Length];
        extractor.Write(backbone, patches, features);
        return features;
    }

    private static void AssertClose(torch.Tensor expected, float[] actual)
    {
        var values = MemoryMarshal.Cast<byte, float>(expected.contiguous().bytes).ToArray();
        Assert.Equal(values.Length, actual.Length);
        Assert.All(values, (value, i) => Assert.Equal(value, actual[i], 1e-5f));
    }
}
