using Orchestrator.Pretraining.Methods;
using Orchestrator.Pretraining.Objectives;
using Orchestrator.Shared.Protocol;

namespace Orchestrator.Pretraining.Training;

/// <summary>How learning goes, from sums over the global batch: the method's figures every step, and every <see cref="RankEverySteps"/> steps the effective rank of the features.</summary>
/// <param name="local">The rank's shards, after their backward passes.</param>
public sealed class StepHealth(IPretrainingMethod method, ShardGang gang, ShardSums sums, ShardWork[] local)
{
    /// <summary>The rank costs rows · D² / 2 multiplications and an eigenvalue problem of D³: too much for every step, next to nothing for one in 50.</summary>
    public const int RankEverySteps = 50;

    /// <summary>Whether the shards of a step have to keep their features.</summary>
    public bool WantsFeatures(long step) => method.HealthLength > 0 && step % RankEverySteps == 0;

    /// <summary>The step's figures; null where the method does not tell.</summary>
    public IReadOnlyList<HealthFigure>? Of(StepContext step)
    {
        if (method.HealthLength == 0)
        {
            return null;
        }

        var figures = method.Health(sums.Sum(method.HealthLength, (i, vector) => local[i].Health.CopyTo(vector)), step);
        return WantsFeatures(step.Step) ? [.. figures, EffectiveRank(step)] : figures;
    }

    private HealthFigure EffectiveRank(StepContext step)
    {
        var dim = step.Student.Backbone.Shape.Dim;
        var products = sums.Sum(FeatureRank.Length(dim), (i, vector) => FeatureRank.Add(local[i].Features, dim, vector)).ToArray();
        var rows = (double)local[0].Features.Length / dim * step.Shards;
        var share = 0.0;
        // On a shard thread, which has one torch thread wherever it runs.
        gang.ForEach(1, (_, _) => share = FeatureRank.Share(products, dim, rows));
        return new HealthFigure(HealthFigures.EffectiveRank, share);
    }
}
