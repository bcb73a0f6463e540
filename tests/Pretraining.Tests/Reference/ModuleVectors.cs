using Xunit;
using static TorchSharp.torch;

namespace Orchestrator.Pretraining.Tests.Reference;

/// <summary>A module's parameters and gradients against a vector file.</summary>
internal static class ModuleVectors
{
    /// <summary>Copies <c>prefix + name</c> of the file into every parameter.</summary>
    public static void Load(this nn.Module module, VectorFile file, string prefix)
    {
        using var guard = no_grad();
        foreach (var (name, parameter) in module.named_parameters())
        {
            Assert.Equal(file.Shape(prefix + name), parameter.shape);
            parameter.copy_(tensor(file.Floats(prefix + name)).view(parameter.shape));
        }
    }

    /// <summary>Every gradient of the file under the prefix is the module's, and the module has no other.</summary>
    public static void AssertGradients(this nn.Module module, VectorFile file, string prefix)
    {
        var compared = 0;
        foreach (var (name, parameter) in module.named_parameters().Where(p => p.parameter.requires_grad))
        {
            file.AssertClose(prefix + name, parameter.grad!.Values());
            compared++;
        }

        Assert.Equal(file.Names.Count(n => n.StartsWith(prefix, StringComparison.Ordinal)), compared);
    }
}
