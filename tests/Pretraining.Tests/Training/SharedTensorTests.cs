using System.Runtime.Versioning;
using Orchestrator.Collectives;
using Orchestrator.Pretraining.Training;
using Xunit;
using static TorchSharp.torch;

namespace Orchestrator.Pretraining.Tests.Training;

[SupportedOSPlatform("linux")]
public sealed class SharedTensorTests
{
    private const int Length = 100_000;

    [Fact]
    public void Tensor_has_the_blocks_memory()
    {
        using var arena = new SharedArena(1 << 20);
        var block = arena.Take<float>(Length);
        var host = block.Host;
        using var tensor = SharedTensor.Of(block);
        Assert.Equal([Length], tensor.shape);
        Assert.Equal(ScalarType.Float32, tensor.dtype);
        host.Span[7] = 3;
        Assert.Equal(3, tensor[7].item<float>());
        tensor.fill_(2);
        Assert.Equal(-1, host.Span.IndexOfAnyExcept(2));
    }

    [Fact]
    public void Memory_goes_back_with_the_last_view_whatever_is_disposed_first()
    {
        using var arena = new SharedArena(Length * sizeof(float));
        for (var round = 0; round < 3; round++)
        {
            var tensor = SharedTensor.Of(arena.Take<float>(Length));
            var view = tensor.narrow(0, 0, 10);
            tensor.Dispose();
            Assert.Throws<IOException>(() => arena.Take<float>(Length));
            view.fill_(1);
            view.Dispose();
            arena.Take<float>(Length).Dispose();
        }
    }
}
