using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using System.Text.Json;
using Orchestrator.Collectives;
using Orchestrator.Pretraining.Backbones;
using Orchestrator.Pretraining.Methods;
using Orchestrator.Shared.Protocol;
using TorchSharp;

namespace Orchestrator.Pretraining.Training;

/// <summary>
/// Finds the shards, samples and tensors that made a step not finite. Only such a step pays for it. What is not finite spreads: from views to
/// tokens, losses and gradients, and through statistics of the batch to every shard. So the shards are named in which the earliest of these is
/// not finite. Every rank comes to the same, since it depends on the shards alone.
/// </summary>
internal sealed class NonFiniteSearch(TrainingParts parts, Commit commit, ProcessGroup group, IReadOnlyList<ShardWork> local)
{
    private const int MostShards = 4;
    private const int MostSamples = 8;

    /// <summary>Called by every rank of the group, with the same <paramref name="what"/>.</summary>
    /// <param name="step">The step, between its backward passes and its commit.</param>
    /// <param name="what">What of the global batch is not finite.</param>
    /// <exception cref="CollectiveException">A peer was lost.</exception>
    public NonFiniteRow Find(StepContext step, string what)
    {
        var findings = group
            .AllGather(FrameKind.Statistics, JsonSerializer.SerializeToUtf8Bytes(FindLocal(step)))
            .Select(bytes => JsonSerializer.Deserialize<Finding>(bytes)!)
            .ToArray();
        var earliest = findings.Min(finding => finding.Stage);
        // Ranks hold the shards in their order.
        var shards = findings.Where(finding => finding.Stage == earliest).SelectMany(finding => finding.Shards).ToArray();
        var count = findings.Where(finding => finding.Stage == earliest).Sum(finding => finding.Count);
        var named = shards.Take(MostShards).ToArray();
        return new NonFiniteRow
        {
            What = what,
            Shards = named,
            OtherShards = count - named.Length,
        };
    }

    private Finding FindLocal(StepContext step)
    {
        Func<ShardWork, int, NonFiniteShard?>[] stages =
        [
            (work, _) => InViews(work),
            InTokens,
            (work, _) => InLosses(work),
            (work, thread) => InGradient(work, thread, step),
        ];
        for (var stage = 0; stage < stages.Length; stage++)
        {
            var found = new NonFiniteShard?[local.Count];
            var look = stages[stage];
            parts.Gang.ForEach(local.Count, (thread, i) => found[i] = look(local[i], thread));
            if (found.OfType<NonFiniteShard>().ToArray() is { Length: > 0 } shards)
            {
                return new Finding(stage, [.. shards.Take(MostShards)], shards.Length);
            }
        }

        return new Finding(stages.Length, [], 0);
    }

    private static NonFiniteShard? InViews(ShardWork work) =>
        Name(
            work,
            "views",
            (views, row) =>
                IsFinite(views.CleanValues, views, row) && (views.Corrupted is null || IsFinite(views.CorruptedValues, views, row))
        );

    /// <summary>What the student makes of the views before any head; without drop-path, which could hide it.</summary>
    private NonFiniteShard? InTokens(ShardWork work, int thread)
    {
        using var guard = torch.no_grad();
        using var scope = torch.NewDisposeScope();
        var backbone = parts.Replicas.Student(thread).Backbone;
        var tokens = Sizes(work)
            .ToDictionary(
                views => views,
                views => (Clean: Tokens(backbone, views, views.Clean), Seen: Tokens(backbone, views, views.Seen))
            );
        return Name(work, "tokens", (views, row) => IsFinite(tokens[views].Clean, views, row) && IsFinite(tokens[views].Seen, views, row));
    }

    private NonFiniteShard? InLosses(ShardWork work)
    {
        var terms = parts.Method.LossTerms.Where((_, i) => !double.IsFinite(work.Losses[i])).ToArray();
        return terms.Length == 0 ? null : Whole(work, $"loss term {string.Join(", ", terms)}");
    }

    /// <summary>The shard's backward pass once more, into a gradient of its own.</summary>
    private NonFiniteShard? InGradient(ShardWork work, int thread, StepContext step)
    {
        var gradient = parts.Gradients.Take();
        using (torch.NewDisposeScope())
        {
            parts.Method.BackwardShard(work, parts.Replicas.Student(thread, gradient), step);
        }

        var tensors = commit.NonFiniteTensors(gradient, step.Step);
        parts.Gradients.Give(gradient);
        return tensors is null ? null : Whole(work, tensors);
    }

    private static bool IsFinite(ReadOnlySpan<float> values, ShardViews views, int row)
    {
        var length = values.Length / views.Rows;
        return TensorPrimitives.IsFiniteAll(values.Slice(row * length, length));
    }

    private static float[] Tokens(VisionTransformer backbone, ShardViews views, torch.Tensor patches)
    {
        var output = backbone.Forward(patches, new BackbonePass { Grid = views.Group.Grid });
        return MemoryMarshal.Cast<byte, float>(output.Tokens.contiguous().bytes).ToArray();
    }

    /// <summary>The shard's views by their sizes.</summary>
    private static IEnumerable<ShardViews> Sizes(ShardWork work) => new[] { work.Views, work.Views.Local }.OfType<ShardViews>();

    private static NonFiniteShard Whole(ShardWork work, string what) => Name(work, what, (_, _) => false)!;

    private static NonFiniteShard? Name(ShardWork work, string what, Func<ShardViews, int, bool> isFinite)
    {
        var samples = Sizes(work)
            .SelectMany(views => Enumerable.Range(0, views.Rows).Where(row => !isFinite(views, row)).Select(row => views.Turns[row].Sample))
            .Distinct()
            .ToArray();
        return samples.Length == 0
            ? null
            : new NonFiniteShard(work.Shard, what, [.. samples.Take(MostSamples)], Math.Max(0, samples.Length - MostSamples));
    }

    /// <summary>A rank's part: its shards in which the stage is not finite, the first of them by name.</summary>
    private sealed record Finding(int Stage, IReadOnlyList<NonFiniteShard> Shards, int Count);
}
