using Orchestrator.Protocol.Tests.Exploration;
using Orchestrator.Protocol.Tests.World;
using Orchestrator.Shared.Protocol;
using Orchestrator.Worker.Agent;

namespace Orchestrator.Protocol.Tests.Moves;

/// <summary>Something happens to a worker: its agent decides, and what it orders is done to the rank model and to storage.</summary>
internal static class AgentStep
{
    public static ModelWorld Hears(ModelWorld world, int worker, IControlMessage message) => Happens(world, worker, new Received(message));

    public static ModelWorld Happens(ModelWorld world, int worker, AgentEvent happened)
    {
        var before = world.Workers[worker];
        var decision = world.Rules.Agent(before.Agent, happened, Clock.Now);
        var after = Timeless(decision.State);
        world = after == before.Agent ? world : world.With(worker, before with { Agent = after });
        foreach (var effect in decision.Effects)
        {
            world = Do(world, worker, effect);
        }

        return world;
    }

    /// <summary>The process ends of its own accord.</summary>
    public static ModelWorld Exits(ModelWorld world, int worker) => Ends(Invariants.GivesUp(world, worker, "exits"), worker);

    /// <summary>The process ends; its connections are closed, and what it gave to its peers may still reach them.</summary>
    public static ModelWorld Ends(ModelWorld world, int worker) =>
        world.With(
            worker,
            world.Workers[worker] with
            {
                Agent = AgentState.Initial(world.Workers[worker].Id, world.Workers[worker].Incarnation, ["coordinator"], Clock.Now),
                Rank = RankModel.Empty,
                Alive = false,
                Frozen = false,
                Peak = 0,
            }
        );

    private static ModelWorld Do(ModelWorld world, int worker, AgentEffect effect)
    {
        var rank = world.Workers[worker].Rank;
        return effect switch
        {
            StopRank stop => Stop(world, worker, stop),
            FormRank form => Form(world, worker, form),
            StartRank start when rank.Record?.Number == start.Generation => world.With(worker, rank with { Started = true }),
            FollowRank order => world.With(worker, rank.AtRest() with { Follows = order.Follow }),
            ServeCopies serve => world.With(worker, rank with { Serves = serve.Form.Record.Number }),
            RequestCheckpoint write => world.With(worker, rank with { Write = write }),
            ReleaseRank => Release(world, worker),
            DeleteCheckpoint delete => Invariants.Deletes(world, delete.Path) with { Files = world.Files.Remove(delete.Path) },
            Exit => Exits(world, worker),
            _ => world,
        };
    }

    private static ModelWorld Stop(ModelWorld world, int worker, StopRank stop)
    {
        world = world.With(worker, world.Workers[worker].Rank with { Stop = stop });
        return world.Rules.RestsBeforePromise ? world : Happens(world, worker, new RankHeld(stop.Number, world.Workers[worker].Rank.State));
    }

    /// <summary>The initial state is a function of the spec: a rank that has none opens it.</summary>
    private static ModelWorld Form(ModelWorld world, int worker, FormRank order)
    {
        var record = order.Form.Record;
        world = Invariants.Takes(world, record);
        var rank = world.Workers[worker].Rank.AtRest();
        var fromTheStart = record is { BaseStep: 0, Sources.Count: 0, CheckpointPath: null };
        var state = rank.State is null || (fromTheStart && rank.Step > 0) ? Training.Initial : rank.State;
        return world.With(worker, rank with { State = state, Form = order.Form, Place = order.Rank });
    }

    private static ModelWorld Release(ModelWorld world, int worker)
    {
        world = Invariants.GivesUp(world, worker, "leaves", inFlight: 1);
        return world.With(worker, world.Workers[worker] with { Rank = RankModel.Empty, Peak = 0 });
    }

    private static AgentState Timeless(AgentState state) =>
        state with
        {
            HeardAt = Clock.Now,
            StatusSentAt = Clock.Now,
            Metrics = default,
            StartedStep = -1,
        };
}
