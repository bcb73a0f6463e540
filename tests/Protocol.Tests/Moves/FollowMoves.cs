using Orchestrator.Protocol.Tests.World;
using Orchestrator.Worker.Agent;

namespace Orchestrator.Protocol.Tests.Moves;

/// <summary>A joiner follows a member: takes its state, then each step that it commits, and notices when there is no more to follow.</summary>
internal static class FollowMoves
{
    public static IEnumerable<Move> Of(ModelWorld world, int worker, WorkerProcess self)
    {
        if (self.Rank is not { Follows: { } follow } rank)
        {
            yield break;
        }

        var source = world.Workers[world.IndexOf(follow.Source.WorkerId)];
        var number = follow.Record.Number;
        if (!source.Moves || world.AreCut(self.Id, source.Id) || !source.IsIn(follow.Record))
        {
            yield return new(
                $"{self.Id} has nobody to follow in g{number}",
                false,
                AgentStep.Happens(world.With(worker, rank.AtRest()), worker, new RankFollowEnded(number, "closed"))
            );
            yield break;
        }

        if (!source.Rank.Ready || source.Rank.State is not { } theirs)
        {
            yield break;
        }

        // What the source has committed is on its way; one step is as good a model as the whole of it.
        var next = rank.Attached ? rank.Step + 1 : theirs.Step;
        if ((rank.Attached && next > theirs.Step) || rank.Stop?.StopAfterStep < next)
        {
            yield break;
        }

        var state = rank.Attached ? Training.Step(rank.State!, number) : theirs;
        var follows = self with { Rank = rank with { State = state, Attached = true }, Peak = Math.Max(self.Peak, state.Step) };
        yield return new(
            $"{self.Id} follows {source.Id} to step {state.Step} of g{number}",
            false,
            AgentStep.Happens(world.With(worker, follows), worker, new RankFollowed(number, state.Step, theirs.Step - state.Step))
        );
    }
}
