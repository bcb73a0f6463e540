using TorchSharp;
using Xunit;

namespace Orchestrator.Pretraining.Tests;

public sealed class TorchLoadsTests
{
    [Fact]
    public void Libtorch_on_this_system_computes()
    {
        using var scope = torch.NewDisposeScope();
        Assert.Equal(3f, torch.ones(3).sum().item<float>());
    }
}
