using System.Runtime.ExceptionServices;
using static TorchSharp.torch;

namespace Orchestrator.Pretraining.Backbones;

/// <summary>
/// Tells how far a backward pass has come through the blocks. Once it reaches a block's input, the gradients of that block, of all behind it, of the final
/// norm and of the heads are whole: nothing is added to them any more, if the pass is the last that adds to them.
/// </summary>
/// <remarks>
/// Autograd goes through what one thread has made on that thread, the newest node first, and adds up a parameter's gradient as soon as it has come
/// (PyTorch's engine takes nodes by sequence number, and AccumulateGrad, which has the highest, before all others). Whoever uses a mark is newer than it, so
/// whatever was made after the mark has run before it. A mark is an identity: it shows in no bit.
/// </remarks>
/// <param name="blocks">Block inputs of interest, from 0; the number of blocks stands for the last one's output.</param>
/// <param name="reached">Told the block, on the thread of the backward pass; may not touch torch.</param>
public sealed class GradientFront(IReadOnlySet<int> blocks, Action<int> reached)
{
    private ExceptionDispatchInfo? failure;
    private Tensor? passed;

    /// <summary>Rethrows what <c>reached</c> threw: it may not leave the backward pass, where it would end the process.</summary>
    public void ThrowIfFailed() => failure?.Throw();

    /// <summary>The tokens, to be read in place of the given ones by all who read a block's input.</summary>
    internal Tensor Mark(Tensor tokens, int block)
    {
        if (!blocks.Contains(block))
        {
            return tokens;
        }

        // TorchSharp keeps an empty tensor like the output, for gradients that are not there; here there always is one.
        using var scope = NewDisposeScope();
        return Boundary.apply(tokens, this, block).MoveToOuterDisposeScope();
    }

    private void Reach(int block, Tensor gradient)
    {
        // TorchSharp has taken the one before from its wrapper by now, which would keep it until the shard's scope ends.
        passed?.Dispose();
        passed = gradient;
        if (failure is not null)
        {
            return;
        }

        try
        {
            reached(block);
        }
        catch (Exception e)
        {
            failure = ExceptionDispatchInfo.Capture(e);
        }
    }

    private sealed class Boundary : autograd.SingleTensorFunction<Boundary>
    {
        private const string Front = "front";
        private const string Block = "block";

        public override string Name => nameof(Boundary);

        public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
        {
            ctx.set_materialize_grads(false);
            ctx.save_data(Front, vars[1]);
            ctx.save_data(Block, vars[2]);
            return (Tensor)vars[0];
        }

        public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output)
        {
            ((GradientFront)ctx.get_data(Front)).Reach((int)ctx.get_data(Block), grad_output);
            return [grad_output, null!, null!];
        }
    }
}
