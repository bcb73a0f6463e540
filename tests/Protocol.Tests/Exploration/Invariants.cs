using Orchestrator.Coordinator.Runs;
using Orchestrator.Protocol.Tests.World;
using Orchestrator.Shared.Protocol;

namespace Orchestrator.Protocol.Tests.Exploration;

/// <summary>The invariants of docs/protocol.md, section 11, by their numbers. I4 is the explorer's: it is about what can follow.</summary>
internal static class Invariants
{
    /// <summary>I3: a generation number has one content, whoever writes or takes it.</summary>
    public static ModelWorld Takes(ModelWorld world, GenerationRecord record)
    {
        var content = Content(record);
        return world.Contents.TryGetValue(record.Number, out var known)
            ? known == content
                ? world
                : world.Breaks($"I3: generation {record.Number} is both {known} and {content}")
            : world with
            {
                Contents = world.Contents.Add(record.Number, content),
            };
    }

    /// <summary>Before an event is appended by a coordinator in the given state.</summary>
    public static ModelWorld Appends(ModelWorld world, RunState state, IRunEvent happened) =>
        happened switch
        {
            GenerationFormed formed => Forms(world, state, formed.Record),
            CheckpointCompleted completed => Completes(world, completed),
            RunTrained trained => Trains(world, trained),
            RunCanceled => Cancels(world, state),
            RunFailed failed => world.Breaks($"I1: the run fails: {failed.Reason}"),
            _ => world,
        };

    /// <summary>I2: not below a complete checkpoint, nor below the state of anybody who was asked.</summary>
    private static ModelWorld Forms(ModelWorld world, RunState state, GenerationRecord record)
    {
        world = Takes(world, record);
        if (record.BaseStep < world.CheckpointStep)
        {
            return world.Breaks(
                $"I2: generation {record.Number} starts at step {record.BaseStep}, below checkpoint {world.CheckpointStep}"
            );
        }

        foreach (var known in state.Workers.Values)
        {
            var process = world.Workers[world.IndexOf(known.WorkerId)];
            if (!known.GivenUp && process.Alive && known.Status?.Incarnation == process.Incarnation && process.Rank.Step > record.BaseStep)
            {
                return world.Breaks(
                    $"I2: generation {record.Number} starts at step {record.BaseStep}, and {process.Id} holds step {process.Rank.Step}"
                );
            }
        }

        return world;
    }

    /// <summary>I2: what anybody holds who was asked is in a checkpoint. (That it does not come about in time is not modelled.)</summary>
    private static ModelWorld Cancels(ModelWorld world, RunState state)
    {
        foreach (var known in state.Workers.Values.Where(w => !w.GivenUp && w.Serves(state.Run)))
        {
            var process = world.Workers[world.IndexOf(known.WorkerId)];
            if (process.Alive && known.Status?.Incarnation == process.Incarnation && process.Rank.Step > world.CheckpointStep)
            {
                return world.Breaks(
                    $"I2: the run is canceled at checkpoint {world.CheckpointStep}, and {process.Id} holds step {process.Rank.Step}"
                );
            }
        }

        return world;
    }

    /// <summary>I6: what is accepted is whole, and is what it is said to be.</summary>
    private static ModelWorld Completes(ModelWorld world, CheckpointCompleted completed) =>
        completed.Step <= world.CheckpointStep
            ? world.Breaks($"I6: checkpoint of step {completed.Step} is accepted after {world.CheckpointStep}")
        : IsWhole(world, completed) ? world
        : world.Breaks($"I6: the file of complete step {completed.Step} holds something else");

    /// <summary>I5: once, and of the last step.</summary>
    private static ModelWorld Trains(ModelWorld world, RunTrained trained) =>
        world.Journal.Trained is not null ? world.Breaks("I5: completion is recorded twice")
        : trained.Step != world.Bounds.Steps ? world.Breaks($"I5: the run ends at step {trained.Step}")
        : world;

    private static bool IsWhole(ModelWorld world, CheckpointCompleted completed) =>
        world.Files.TryGetValue(completed.Path, out var file) && file.Step == completed.Step && file.Digest == completed.Digest;

    /// <summary>I3: a promise is kept: nobody commits below it, nor in a generation older than one that counts on this process.</summary>
    public static ModelWorld Commits(ModelWorld world, int worker, GenerationRecord record)
    {
        var self = world.Workers[worker];
        if (self.Agent.Promised > record.Number)
        {
            return world.Breaks($"I3: {self.Id} commits in g{record.Number} after it promised {self.Agent.Promised}");
        }

        return
            world.Journal.Generation is { } newest
            && newest.Number > record.Number
            && newest.Members.Any(m => m.WorkerId == self.Id && m.Incarnation == self.Incarnation)
            ? world.Breaks($"I3: {self.Id} commits in g{record.Number} although g{newest.Number} counts on its state")
            : world;
    }

    /// <summary>I6: the two newest complete checkpoints stay.</summary>
    public static ModelWorld Deletes(ModelWorld world, string path) =>
        world.Journal.Checkpoints.TakeLast(2).Any(c => c.Path == path) ? world.Breaks($"I6: complete checkpoint {path} is deleted") : world;

    /// <summary>
    /// I2: nobody gives up state on purpose that is not safe elsewhere.
    /// </summary>
    /// <param name="inFlight">1 where a step may have been committed after the word that this rests on; it is computed again.</param>
    public static ModelWorld GivesUp(ModelWorld world, int worker, string how, int inFlight = 0)
    {
        var self = world.Workers[worker];
        var others = world.Workers.Where((w, i) => i != worker && w.Alive).Select(w => w.Rank.Step).Append(world.CheckpointStep).Max();
        return self.Rank.Step > others + inFlight && !world.IsOver
            ? world.Breaks($"I2: {self.Id} {how} with step {self.Rank.Step}, and the best elsewhere is {others}")
            : world;
    }

    /// <summary>Of any moment after another.</summary>
    public static ModelWorld Holds(ModelWorld before, ModelWorld after)
    {
        if (after.Violation is not null || ReferenceEquals(before, after))
        {
            return after;
        }

        // Faults cost a number or two each; more is a duel, or a growth without end.
        if (after.Bounds.NumbersEnd && after.Coordinators.Any(c => c.State.PreparedNumber > after.Bounds.MostNumbers))
        {
            return after.Breaks($"I4: numbers go beyond {after.Bounds.MostNumbers}");
        }

        foreach (var self in after.Workers)
        {
            if (self.Rank.State is not { } state)
            {
                continue;
            }

            // I1: equal steps are equal bits.
            if (after.Workers.Any(w => w.Rank.State is { } other && other.Step == state.Step && other.Digest != state.Digest))
            {
                return after.Breaks($"I1: two states of step {state.Step}");
            }
        }

        foreach (var complete in after.Journal.Checkpoints.TakeLast(2))
        {
            if (!IsWhole(after, complete))
            {
                return after.Breaks($"I6: complete checkpoint of step {complete.Step} is no more");
            }
        }

        return KeepsWhatItHad(after);
    }

    /// <summary>I2: as long as a process lives, what it has held for the run is somewhere.</summary>
    private static ModelWorld KeepsWhatItHad(ModelWorld world)
    {
        long peak = 0;
        var best = world.CheckpointStep;
        foreach (var worker in world.Workers)
        {
            peak = Math.Max(peak, worker.Alive ? worker.Peak : 0);
            best = Math.Max(best, worker.Alive ? worker.Rank.Step : 0);
        }

        return peak > best ? world.Breaks($"I2: step {peak} was held by a process that lives, and the best is {best}") : world;
    }

    private static string Content(GenerationRecord record) =>
        $"{{{string.Join(", ", record.Members.Select(m => $"{m.WorkerId}#{m.Incarnation}"))}}} at {record.BaseStep}";
}
