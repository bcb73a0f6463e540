namespace Orchestrator.Shared.Protocol;

/// <summary>
/// One shard of a step that a second rank computes too, so that a machine which computes wrong numbers without a word is found. Which one follows
/// from the step and the ranks' shares alone: every rank knows it without a message, and the coordinator knows afterwards who was checked when.
/// </summary>
/// <param name="Shard">Global index.</param>
/// <param name="Owner">Rank whose shard it is.</param>
/// <param name="Checker">Rank that computes it too.</param>
public sealed record ShardCheck(int Shard, int Owner, int Checker)
{
    /// <summary>The check of a step; null where there is none. Owners take turns, and the shards of each; so W checks have tried every rank.</summary>
    /// <param name="step">0-based index of the step.</param>
    /// <param name="everySteps">Steps from one check to the next; 0: none.</param>
    /// <param name="counts">Shards of each rank, in rank order.</param>
    public static ShardCheck? Of(long step, int everySteps, IReadOnlyList<int> counts)
    {
        if (everySteps == 0 || counts.Count < 2 || step % everySteps != 0)
        {
            return null;
        }

        var round = step / everySteps;
        var owner = (int)(round % counts.Count);
        var turn = round / counts.Count;
        var shard = counts.Take(owner).Sum() + (int)(turn % counts[owner]);
        return new ShardCheck(shard, owner, (int)((owner + 1 + (turn % (counts.Count - 1))) % counts.Count));
    }
}
