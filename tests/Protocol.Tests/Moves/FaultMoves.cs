using Orchestrator.Coordinator.Runs;
using Orchestrator.Protocol.Tests.World;
using Orchestrator.Worker.Agent;

namespace Orchestrator.Protocol.Tests.Moves;

/// <summary>What goes wrong, as long as there is a budget for it, and its repair, which is free.</summary>
internal static class FaultMoves
{
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(25);

    public static IEnumerable<Move> Of(ModelWorld world) => world.Left.Total > 0 ? [.. Faults(world), .. Repairs(world)] : Repairs(world);

    private static IEnumerable<Move> Faults(ModelWorld world)
    {
        var left = world.Left;
        for (var i = 0; i < world.Workers.Length; i++)
        {
            var self = world.Workers[i];
            if (left.WorkerCrashes > 0 && self.Alive)
            {
                var spent = world.Spends(f => f with { WorkerCrashes = f.WorkerCrashes - 1 });
                yield return new($"FAULT {self.Id}#{self.Incarnation} crashes", true, AgentStep.Ends(spent, i));
            }

            if (left.Freezes > 0 && self.Moves)
            {
                var spent = world.Spends(f => f with { Freezes = f.Freezes - 1 });
                yield return new($"FAULT {self.Id} freezes", true, spent.With(i, self with { Frozen = true }));
            }

            if (left.ControlCuts > 0 && self is { Alive: true, ControlCut: false })
            {
                var spent = world.Spends(f => f with { ControlCuts = f.ControlCuts - 1 });
                yield return new($"FAULT {self.Id} is cut off from coordinators", true, spent.With(i, self with { ControlCut = true }));
            }

            if (left.Drains > 0 && self.Moves && !self.Agent.Draining)
            {
                var spent = world.Spends(f => f with { Drains = f.Drains - 1 });
                yield return new($"FAULT {self.Id} is asked to drain", true, AgentStep.Happens(spent, i, new DrainRequested(Grace)));
            }

            for (var j = i + 1; left.DataCuts > 0 && j < world.Workers.Length; j++)
            {
                var (one, other) = (self.Id, world.Workers[j].Id);
                if (!world.AreCut(one, other))
                {
                    var spent = world.Spends(f => f with { DataCuts = f.DataCuts - 1 });
                    yield return new(
                        $"FAULT {one} and {other} cannot reach one another",
                        true,
                        spent with
                        {
                            DataCuts = spent.DataCuts.Add((one, other)),
                        }
                    );
                }
            }
        }

        foreach (
            var coordinator in world.Coordinators.Where(c => left.Recalls > 0 && RunDemands.Report(c.State, 0).Gang is { GivesBack: true })
        )
        {
            var name = coordinator.Name;
            var spent = world.Spends(f => f with { Recalls = f.Recalls - 1 });
            string[] members = [.. coordinator.State.Generation!.Members.Select(m => m.WorkerId)];
            yield return new(
                $"FAULT coordinator {name}'s head stops the run",
                true,
                CoordinatorStep.Takes(spent, name, new MembersRecalled(members, true, "for another")).World
            );
            if (members.Length > coordinator.State.Spec.Workers.Min)
            {
                yield return new(
                    $"FAULT coordinator {name}'s head recalls {members[^1]}",
                    true,
                    CoordinatorStep.Takes(spent, name, new MembersRecalled([members[^1]], false, "for another")).World
                );
            }
        }

        foreach (var (name, asked) in world.Coordinators.SelectMany(c => Asked(c, left).Select(asked => (c.Name, asked))))
        {
            var spent = world.Spends(f => asked is PauseAsked ? f with { Pauses = f.Pauses - 1 } : f with { Cancels = f.Cancels - 1 });
            var verb = asked is PauseAsked ? "pauses" : "cancels";
            yield return new($"FAULT coordinator {name}'s user {verb} the run", true, CoordinatorStep.Takes(spent, name, asked).World);
        }

        foreach (var coordinator in world.Coordinators)
        {
            var (name, next) = (coordinator.Name, world.Coordinators.Max(c => c.Name) + 1);
            if (left.CoordinatorCrashes > 0)
            {
                var spent = world.Spends(f => f with { CoordinatorCrashes = f.CoordinatorCrashes - 1 });
                var gone = spent with { Coordinators = spent.Coordinators.RemoveAll(c => c.Name == name) };
                yield return new($"FAULT coordinator {name} crashes, {next} begins", true, CoordinatorStep.Begins(gone, next));
            }
        }

        if (left.SecondCoordinators > 0 && world.Coordinators.Length == 1)
        {
            var next = world.Coordinators[0].Name + 1;
            var spent = world.Spends(f => f with { SecondCoordinators = f.SecondCoordinators - 1 });
            yield return new($"FAULT coordinator {next} begins beside the first", true, CoordinatorStep.Begins(spent, next));
        }
    }

    /// <summary>What a user may ask of the run now.</summary>
    private static IEnumerable<RunAsked> Asked(CoordinatorProcess coordinator, Faults left)
    {
        RunAsked[] asked =
        [
            .. left.Pauses > 0 && coordinator.State.Pause is null ? [new PauseAsked("ada")] : Array.Empty<RunAsked>(),
            .. left.Cancels > 0 && coordinator.State.Cancel is null ? [new CancelAsked("ada")] : Array.Empty<RunAsked>(),
        ];
        return asked.Where(a => AskingRules.Refusal(coordinator.State, a) is null);
    }

    private static IEnumerable<Move> Repairs(ModelWorld world)
    {
        for (var i = 0; i < world.Workers.Length; i++)
        {
            var self = world.Workers[i];
            if (!self.Alive)
            {
                var fresh = self.Incarnation + 1;
                var begun = WorkerProcess.Begun(self.Id, fresh) with { ControlCut = self.ControlCut };
                yield return new($"REPAIR {self.Id}#{fresh} begins", true, world.With(i, begun));
            }

            if (self.Frozen)
            {
                yield return new($"REPAIR {self.Id} goes on", true, world.With(i, self with { Frozen = false }));
            }

            if (self.ControlCut)
            {
                yield return new($"REPAIR {self.Id} reaches coordinators again", true, world.With(i, self with { ControlCut = false }));
            }
        }

        foreach (var coordinator in world.Coordinators.Where(c => c.State is { Pause: not null, End: null, Cancel: null }))
        {
            yield return new(
                $"REPAIR coordinator {coordinator.Name}'s user resumes the run",
                true,
                CoordinatorStep.Takes(world, coordinator.Name, new ResumeAsked("ada")).World
            );
        }

        foreach (var cut in world.DataCuts)
        {
            yield return new(
                $"REPAIR {cut.Left} and {cut.Right} reach one another again",
                true,
                world with
                {
                    DataCuts = world.DataCuts.Remove(cut),
                }
            );
        }
    }
}
