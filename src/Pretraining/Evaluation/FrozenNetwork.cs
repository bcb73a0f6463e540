using Orchestrator.Pretraining.Methods;
using Orchestrator.Pretraining.Training;
using static TorchSharp.torch;

namespace Orchestrator.Pretraining.Evaluation;

/// <summary>A method's network over the weights of a state's slot, which it shares and never changes.</summary>
public static class FrozenNetwork
{
    /// <summary>The caller disposes it, before the weights.</summary>
    public static PretrainingNetwork Over(IPretrainingMethod method, FlatTensor weights)
    {
        var network = method.CreateNetwork();
        using (no_grad())
        {
            foreach (var ((_, parameter), view) in network.named_parameters().Zip(weights.Views))
            {
                parameter.requires_grad = false;
                parameter.set_(view);
            }
        }

        network.eval();
        return network;
    }
}
