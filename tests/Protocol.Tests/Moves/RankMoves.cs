using Orchestrator.Protocol.Tests.Exploration;
using Orchestrator.Protocol.Tests.World;
using Orchestrator.Shared.Protocol;
using Orchestrator.Worker.Agent;

namespace Orchestrator.Protocol.Tests.Moves;

/// <summary>What a rank may do next: rest, form, give its part of a step, commit, notice that a peer is lost.</summary>
internal static class RankMoves
{
    public static IEnumerable<Move> Of(ModelWorld world, int worker)
    {
        var self = world.Workers[worker];
        if (!self.Moves)
        {
            return [];
        }

        return
        [
            .. Rest(world, worker, self),
            .. self.Rank.Record is { } record
                ? self.Rank.Ready
                    ? Train(world, worker, self, record)
                    : FormingMoves.Of(world, worker, self, record)
                : [],
            .. FollowMoves.Of(world, worker, self),
            .. CheckpointMoves.Of(world, worker, self),
        ];
    }

    /// <summary>Whom a member of a generation cannot meet, or has lost: dead, restarted, stopped, promised above, frozen, or cut off.</summary>
    public static bool IsLost(ModelWorld world, WorkerProcess self, GenerationRecord record, GenerationMember member)
    {
        var peer = world.Workers[world.IndexOf(member.WorkerId)];
        return !peer.Moves
            || peer.Incarnation != member.Incarnation
            || world.AreCut(self.Id, peer.Id)
            || (!peer.IsIn(record) && (peer.Agent.Wanted > record.Number || peer.Agent.Generation >= record.Number || peer.ControlCut));
    }

    public static IEnumerable<Move> Lose(ModelWorld world, int worker, WorkerProcess self, GenerationRecord record)
    {
        foreach (var member in record.Members)
        {
            if (member.WorkerId == self.Id)
            {
                continue;
            }

            if (IsLost(world, self, record, member))
            {
                yield return new($"{self.Id} loses {member.WorkerId}", false, Stops(world, worker, record, member.WorkerId));
            }
            else if (world.Left is { Total: > 0, WrongSuspicions: > 0 })
            {
                yield return new(
                    $"FAULT {self.Id} waits too short a time for {member.WorkerId}",
                    true,
                    Stops(world.Spends(f => f with { WrongSuspicions = f.WrongSuspicions - 1 }), worker, record, member.WorkerId)
                );
            }
        }
    }

    public static ModelWorld Stops(ModelWorld world, int worker, GenerationRecord record, string suspect)
    {
        var forming = !world.Workers[worker].Rank.Ready;
        return AgentStep.Happens(
            world.With(worker, world.Workers[worker].Rank.AtRest()),
            worker,
            new RankStopped(record.Number, new Suspicion(suspect, "closed", forming, 0), null)
        );
    }

    private static IEnumerable<Move> Rest(ModelWorld world, int worker, WorkerProcess self)
    {
        var rank = self.Rank;
        if (rank.Stop is not { } stop)
        {
            yield break;
        }

        var through = Math.Min(stop.StopAfterStep ?? 0, world.Bounds.Steps);
        var follows = rank.Follows is not null && stop.StopAfterStep is not null && rank.Step < through;
        if (!follows && (rank.Form is null || stop.StopAfterStep is null || (rank.Ready && rank.Step >= through)))
        {
            var rested = world.With(worker, rank.AtRest() with { Stop = null });
            yield return new(
                $"{self.Id} rests at step {rank.Step}, promises {stop.Number}",
                false,
                AgentStep.Happens(rested, worker, new RankHeld(stop.Number, rank.State))
            );
        }
    }

    private static IEnumerable<Move> Train(ModelWorld world, int worker, WorkerProcess self, GenerationRecord record)
    {
        var (rank, step, last) = (self.Rank, self.Rank.Step, world.Bounds.Steps);
        if (step == last)
        {
            // It keeps its state and its connections, and waits for orders alone.
            yield break;
        }

        var given = world.Parts.FirstOrDefault(p =>
            p.Generation == record.Number && p.WorkerId == self.Id && p.Incarnation == self.Incarnation
        );
        var mayBegin = rank.Stop is null || rank.Stop.StopAfterStep > step;
        if (given.Step == step && mayBegin && (rank.Started || world.Rules.StartsByItself))
        {
            var begun = world.Gives(record, self, step + 1);
            yield return new(
                $"{self.Id} gives its part of step {step + 1} in g{record.Number}",
                false,
                AgentStep.Happens(begun, worker, new RankAdvanced(record.Number, step, step, false))
            );
        }

        if (world.AllGave(record, step + 1))
        {
            yield return new($"{self.Id} commits step {step + 1} in g{record.Number}", false, Commit(world, worker, self, record));
        }

        foreach (var move in Lose(world, worker, self, record))
        {
            yield return move;
        }
    }

    private static ModelWorld Commit(ModelWorld world, int worker, WorkerProcess self, GenerationRecord record)
    {
        var state = Training.Step(self.Rank.State!, record.Number);
        var last = state.Step == world.Bounds.Steps;
        world = Invariants.Commits(world, worker, record);
        world = world.With(
            worker,
            world.Workers[worker] with
            {
                Rank = self.Rank with { State = state },
                Peak = Math.Max(self.Peak, state.Step),
            }
        );
        world = AgentStep.Happens(world, worker, new RankAdvanced(record.Number, state.Step, state.Step - 1, last));
        return last && !world.Rules.StaysAtTheEnd ? AgentStep.Exits(world, worker) : world;
    }
}
