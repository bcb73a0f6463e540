using Orchestrator.Coordinator.Runs;
using Orchestrator.Protocol.Tests.World;
using Orchestrator.Shared.Protocol;
using Orchestrator.Worker.Agent;

namespace Orchestrator.Protocol.Tests.Moves;

/// <summary>
/// Deadlines. One that is about somebody who cannot answer passes for certain; one about somebody who is well is a wrong suspicion, and a fault.
/// </summary>
internal static class TimerMoves
{
    public static IEnumerable<Move> Of(ModelWorld world)
    {
        foreach (var coordinator in world.Coordinators)
        {
            var (name, state) = (coordinator.Name, coordinator.State);
            foreach (var known in state.Workers.Values)
            {
                foreach (var move in About(world, name, known))
                {
                    yield return move;
                }
            }

            foreach (var move in OfRun(world, name, state))
            {
                yield return move;
            }
        }

        for (var worker = 0; worker < world.Workers.Length; worker++)
        {
            foreach (var move in Rescue(world, worker))
            {
                yield return move;
            }
        }
    }

    private static IEnumerable<Move> About(ModelWorld world, int name, KnownWorker known)
    {
        var process = world.Workers[world.IndexOf(known.WorkerId)];
        var incarnation = known.Status?.Incarnation ?? process.Incarnation;
        if (!known.Gone && (incarnation < process.Incarnation || !process.Alive))
        {
            yield return new(
                $"coordinator {name} finds {known.WorkerId}#{incarnation}'s process gone",
                false,
                CoordinatorStep.Takes(world, name, new ProcessGone(known.WorkerId, incarnation)).World
            );
        }

        if (known.HeardAt != Clock.LongAgo && !known.GivenUp)
        {
            var silent = Ticks(world, name, s => s.With(s.Workers[known.WorkerId] with { HeardAt = Clock.LongAgo }));
            if (!process.IsReachable)
            {
                yield return new($"coordinator {name} finds {known.WorkerId} silent", false, silent(world));
            }
            else if (world.Left is { Total: > 0, WrongSuspicions: > 0 })
            {
                yield return new($"FAULT coordinator {name} takes {known.WorkerId} for silent", true, silent(Suspects(world)));
            }
        }

        if (known.Status is not null && world.Coordinators.First(c => c.Name == name).State.Mode == RunMode.Preparing && !known.GivenUp)
        {
            // Who drains and serves nothing takes no run, and so answers no Prepare.
            var answerless = process.IsReachable && process.Agent is { Draining: true, Run: null };
            var late = Ticks(world, name, s => Late(s, known.WorkerId));
            if (answerless)
            {
                yield return new($"coordinator {name} gets no promise of {known.WorkerId} in time", false, late(world));
            }
        }
    }

    private static RunState Late(RunState state, string worker) =>
        state.With(state.Workers[worker] with { KnownAt = Clock.LongAgo }) with
        {
            Prepared = state.Prepared! with { At = Clock.LongAgo },
        };

    private static IEnumerable<Move> OfRun(ModelWorld world, int name, RunState state)
    {
        if (state is { Mode: RunMode.Watching, Generation: { } record } && state.Hint < world.Bounds.Steps)
        {
            var stuck = record.Members.Any(m => IsStuck(world.Workers[world.IndexOf(m.WorkerId)], record, m));
            if (state.Started && state.HintAt != Clock.LongAgo)
            {
                var passes = Ticks(world, name, s => s with { HintAt = Clock.LongAgo });
                if (stuck)
                {
                    yield return new($"coordinator {name} sees no step for too long", false, passes(world));
                }
                else if (world.Left is { Total: > 0, WrongSuspicions: > 0 })
                {
                    yield return new($"FAULT coordinator {name} sees no step for too short a time", true, passes(Suspects(world)));
                }
            }
            else if (!state.Started && stuck && state.FirstHeardAt is not null)
            {
                var passes = Ticks(world, name, s => s with { AdoptedAt = Clock.LongAgo, Formed = s.Formed! with { At = Clock.LongAgo } });
                yield return new($"coordinator {name} sees no generation for too long", false, passes(world));
            }
        }

        if (state.WaitingSince is { } since && since != Clock.LongAgo)
        {
            yield return new(
                $"coordinator {name} has waited for long",
                false,
                Ticks(world, name, s => s with { WaitingSince = Clock.LongAgo })(world)
            );
        }

        if (state.Blames.Values.Any(Ends))
        {
            yield return new($"coordinator {name} forgets whom it blames", false, Ticks(world, name, Forgives)(world));
        }

        if (state.Order is { } order && state.Generation is { } formed)
        {
            var asked = world.Workers[world.IndexOf(order.Asked ?? formed.Members[0].WorkerId)];
            if (!asked.IsReachable)
            {
                yield return new(
                    $"coordinator {name} gets no checkpoint of {asked.Id} in time",
                    false,
                    Ticks(
                        world,
                        name,
                        s => s with { Order = order with { Since = Clock.LongAgo, AskedAt = order.Asked is null ? null : Clock.LongAgo } }
                    )(world)
                );
            }
        }
    }

    /// <summary>Not one whose Form is only on its way.</summary>
    private static bool IsStuck(WorkerProcess process, GenerationRecord record, GenerationMember member) =>
        !process.IsReachable
        || process.Incarnation != member.Incarnation
        || (!process.IsIn(record) && (process.Agent.Wanted != record.Number || process.Agent.Generation >= record.Number));

    private static RunState Forgives(RunState state) =>
        state with
        {
            Blames = state.Blames.SetItems(
                state
                    .Blames.Where(b => Ends(b.Value))
                    .Select(b => KeyValuePair.Create(b.Key, b.Value with { Until = Clock.LongAgo, Times = 0 }))
            ),
        };

    private static bool Ends(Blame blame) => blame.Until > Clock.Now && blame.Until < DateTimeOffset.MaxValue;

    private static ModelWorld Suspects(ModelWorld world) => world.Spends(f => f with { WrongSuspicions = f.WrongSuspicions - 1 });

    /// <summary>Sets stamps back, lets the run decide, and makes the stamps now again that served this moment only.</summary>
    private static Func<ModelWorld, ModelWorld> Ticks(ModelWorld world, int name, Func<RunState, RunState> age) =>
        before =>
        {
            var self = before.Coordinators.First(c => c.Name == name);
            var aged = CoordinatorStep.Replace(before, self with { State = age(self.State) });
            var after = CoordinatorStep.Takes(aged, name, new Tick()).World;
            return after.Coordinators.FirstOrDefault(c => c.Name == name) is { } then
                ? CoordinatorStep.Replace(after, then with { State = Again(then.State) })
                : after;
        };

    private static RunState Again(RunState state) =>
        state with
        {
            AdoptedAt = Clock.Now,
            Formed = state.Formed is { } formed ? formed with { At = Clock.Formed } : null,
            Prepared = state.Prepared is { } prepared ? prepared with { At = Clock.Now } : null,
            Order = state.Order is { } order ? order with { Since = Clock.Now, AskedAt = order.AskedAt is null ? null : Clock.Now } : null,
            Workers = state.Workers.SetItems(
                state
                    .Workers.Where(w => w.Value.KnownAt == Clock.LongAgo)
                    .Select(w => KeyValuePair.Create(w.Key, w.Value with { KnownAt = Clock.Formed }))
            ),
        };

    /// <summary>Who rests and hears nothing for long brings its state to safety, once.</summary>
    private static IEnumerable<Move> Rescue(ModelWorld world, int worker)
    {
        var self = world.Workers[worker];
        if (
            self is { Moves: true, ControlCut: true }
            && self.Agent is { Phase: WorkerPhase.Held or WorkerPhase.Stopped, RescueAsked: false, ProgressStep: > 0 }
        )
        {
            var lonely = world.With(worker, self with { Agent = self.Agent with { HeardAt = Clock.LongAgo } });
            yield return new($"{self.Id} has heard nothing for long", false, AgentStep.Happens(lonely, worker, new Ticked()));
        }
    }
}
