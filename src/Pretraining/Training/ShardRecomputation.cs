using System.IO.Hashing;
using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using Orchestrator.Collectives;
using Orchestrator.Pretraining.Methods;
using Orchestrator.Shared.Protocol;

namespace Orchestrator.Pretraining.Training;

/// <summary>
/// Every so many steps one shard is computed by a second rank as well, from its views on, and the digests of both gradients are compared before anything
/// is committed. The second one takes part in all that a shard does and adds to no sum, so the step's bits are those of a step without it. Where the two
/// differ, the step is computed once more with every rank taking the shard: the majority of all answers is right.
/// </summary>
internal sealed class ShardRecomputation(TrainingParts parts, ProcessGroup group) : IDisposable
{
    private readonly int[] counts = [.. group.Ranges.Select(range => range.Count)];
    private readonly List<(int Rank, string Value)> votes = [];
    private ShardCheck? check;
    private bool disputed;
    private byte[] digest = [];

    /// <summary>The shard of another rank that this one computes too; null where it does not.</summary>
    public ShardWork? Twin { get; private set; }

    /// <summary>Before a step's first attempt.</summary>
    public void Begin(long step)
    {
        check = ShardCheck.Of(step, parts.Audit.RecomputeEverySteps, counts);
        disputed = false;
        votes.Clear();
        Attempt();
    }

    /// <summary>Before the attempt that decides: everybody computes the shard.</summary>
    public void BeginAgain()
    {
        disputed = true;
        Attempt();
    }

    /// <summary>Whether a shard's gradient has to be whole, and in no sum, when it is given to <see cref="Keep"/>.</summary>
    public bool Checks(ShardWork work) => work.Shard == check?.Shard;

    /// <summary>On a shard thread, after a shard's backward pass: keeps the digest of the one that is checked.</summary>
    /// <param name="gradient">Of the shard alone.</param>
    public void Keep(ShardWork work, FlatTensor gradient)
    {
        if (Checks(work))
        {
            digest = Of(work.Losses, gradient.Host.Span);
        }
    }

    /// <summary>On the control thread of every rank, after all backward passes.</summary>
    /// <exception cref="ShardDisputedException">Two ranks differ: the step has to be computed again, after <see cref="BeginAgain"/>.</exception>
    /// <exception cref="CorruptionException">It was, and somebody is wrong.</exception>
    /// <exception cref="CollectiveException">A peer was lost.</exception>
    public void Compare(long step)
    {
        if (check is null)
        {
            return;
        }

        votes.AddRange(RankVotes.Gather(group, digest));
        if (RankVotes.Agree(votes))
        {
            return;
        }

        throw disputed
            ? new CorruptionException(CorruptionKind.Computation, step, $"the gradient of shard {check.Shard} in step {step}", votes)
            : new ShardDisputedException();
    }

    public void Dispose()
    {
        Twin?.Dispose();
        Twin = null;
    }

    private void Attempt()
    {
        digest = [];
        Dispose();
        if (check is not null && group.Rank != check.Owner && (disputed || group.Rank == check.Checker))
        {
            Twin = parts.CreateWork(check.Shard);
        }
    }

    /// <summary>Which bits a NaN has depends on the machine: what is not finite is all one here, and the run's own policy sees to it.</summary>
    private static byte[] Of(double[] losses, ReadOnlySpan<float> gradient)
    {
        if (!TensorPrimitives.IsFiniteAll(gradient) || !losses.All(double.IsFinite))
        {
            return new byte[16];
        }

        var hash = new XxHash128();
        hash.Append(MemoryMarshal.AsBytes(gradient));
        hash.Append(MemoryMarshal.AsBytes<double>(losses));
        return hash.GetCurrentHash();
    }
}

/// <summary>Two ranks computed different gradients of one shard; nothing was committed.</summary>
internal sealed class ShardDisputedException : Exception;
