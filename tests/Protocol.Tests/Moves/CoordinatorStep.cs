using System.Collections.Immutable;
using Orchestrator.Coordinator.Runs;
using Orchestrator.Protocol.Tests.Exploration;
using Orchestrator.Protocol.Tests.World;
using Orchestrator.Shared.Protocol;

namespace Orchestrator.Protocol.Tests.Moves;

/// <summary>Does what a run's actor does: decide, append, apply, and decide again as long as there were events. Who cannot append ends.</summary>
internal static class CoordinatorStep
{
    private static readonly ImmutableDictionary<string, DateTimeOffset> NothingSent = ImmutableDictionary<string, DateTimeOffset>.Empty;

    /// <summary>A coordinator reads the journal and takes the run over.</summary>
    public static ModelWorld Begins(ModelWorld world, int name)
    {
        var begun = new CoordinatorProcess(
            name,
            world.Journal,
            world.Appended,
            [],
            ImmutableSortedDictionary.Create<string, HeardStatus>(StringComparer.Ordinal)
        );
        world = world with { Coordinators = [.. world.Coordinators.Append(begun).OrderBy(c => c.Name)] };
        return Takes(world, name, new Recovered()).World;
    }

    /// <returns>Answers to announced checkpoints: said once, so they may be lost.</returns>
    public static (ModelWorld World, IReadOnlyList<Outgoing> Answers) Takes(ModelWorld world, int name, RunInput input)
    {
        var self = world.Coordinators.First(c => c.Name == name);
        var state = self.State;
        for (var next = input; ; next = new Tick())
        {
            var decision = world.Rules.Coordinator(state, next, Clock.Now);
            state = decision.State;
            if (decision.Events.Count == 0)
            {
                var due = decision.Messages.Where(m => m.Message is not (StatusAck or CheckpointSettled)).ToArray();
                var answers = decision.Messages.Where(m => m.Message is CheckpointSettled).ToArray();
                return (Replace(world, self with { State = Timeless(state), Due = due }), answers);
            }

            foreach (var happened in decision.Events)
            {
                if (world.Rules.IsJournaled(happened, state))
                {
                    if (world.Rules.JournalIsFence && self.Appended != world.Appended)
                    {
                        return (world with { Coordinators = world.Coordinators.RemoveAll(c => c.Name == name) }, []);
                    }

                    world = Append(Invariants.Appends(world, state, happened), happened);
                    self = self with { Appended = world.Appended };
                }

                state = Apply(state, happened);
            }
        }
    }

    public static ModelWorld Replace(ModelWorld world, CoordinatorProcess self)
    {
        var index = world.Coordinators.IndexOf(world.Coordinators.First(c => c.Name == self.Name));
        return world with { Coordinators = world.Coordinators.SetItem(index, self) };
    }

    public static RunState Apply(RunState state, IRunEvent happened)
    {
        state = RunApply.Apply(state, happened) with { History = [], Generations = [], Use = [] };
        return happened is GenerationFormed formed
            ? state with
            {
                Formed = formed with { At = Clock.Formed },
                Workers = state.Workers.SetItems(
                    state.Workers.Select(w => KeyValuePair.Create(w.Key, w.Value with { KnownAt = Clock.Formed }))
                ),
            }
            : state;
    }

    private static ModelWorld Append(ModelWorld world, IRunEvent happened) =>
        world with
        {
            Journal = Apply(world.Journal, happened),
            Appended = world.Appended + 1,
        };

    private static RunState Timeless(RunState state) =>
        state.Workers.Values.All(w => w.Sent.IsEmpty)
            ? state
            : state with
            {
                Workers = state.Workers.SetItems(
                    state.Workers.Select(w => KeyValuePair.Create(w.Key, w.Value with { Sent = NothingSent }))
                ),
            };
}
