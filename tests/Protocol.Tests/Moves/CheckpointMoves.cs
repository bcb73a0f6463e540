using Orchestrator.Protocol.Tests.World;
using Orchestrator.Shared.Protocol;
using Orchestrator.Worker.Agent;

namespace Orchestrator.Protocol.Tests.Moves;

/// <summary>Checkpoints: rank 0 writes at the spec's steps and at the end; others when they are asked.</summary>
internal static class CheckpointMoves
{
    public static IEnumerable<Move> Of(ModelWorld world, int worker, WorkerProcess self)
    {
        var rank = self.Rank;
        if (rank.Writing is { } writing)
        {
            yield return new($"{self.Id}'s checkpoint of step {writing.Step} stands", false, Stands(world, worker, writing));
        }
        else if (rank.Write is { } asked && rank.State is { } held && (rank.Form is null || rank.Ready))
        {
            if (held.Step >= asked.MinimumStep)
            {
                var done = world.With(worker, rank with { Write = null });
                yield return new($"{self.Id} writes step {held.Step}, as it was asked", false, Write(done, worker, asked.Token, held));
            }
        }
        else if (rank is { Place: 0, Ready: true, State: { } state } && IsDue(world, state.Step))
        {
            var path = CheckpointPath.Of(world.Journal.Run, state.Step, rank.Record!.Number, self.Id, self.Incarnation);
            if (!(world.Files.GetValueOrDefault(world.Rules.NameCheckpoint(path))?.Step >= state.Step))
            {
                yield return new($"{self.Id} writes step {state.Step}", false, Write(world, worker, rank.Record.Number, state));
            }
        }
    }

    private static bool IsDue(ModelWorld world, long step) =>
        step == world.Bounds.Steps || (step > 0 && step % world.Bounds.EverySteps == 0);

    private static ModelWorld Write(ModelWorld world, int worker, long token, HeldState state)
    {
        var self = world.Workers[worker];
        var path = world.Rules.NameCheckpoint(CheckpointPath.Of(world.Journal.Run, state.Step, token, self.Id, self.Incarnation));
        var written = new CheckpointWritten(
            world.Journal.Run,
            self.Id,
            self.Incarnation,
            token,
            state.Step,
            state.Digest,
            state.StateGeneration,
            path,
            "manifest",
            "weights"
        );
        return world.Bounds.SlowWriter ? world.With(worker, self.Rank with { Writing = written }) : Stands(world, worker, written);
    }

    private static ModelWorld Stands(ModelWorld world, int worker, CheckpointWritten written)
    {
        world = world with
        {
            Files = world.Files.SetItem(written.Path, new HeldState(written.Step, written.Digest, written.StateGeneration)),
        };
        world = world.With(worker, world.Workers[worker].Rank with { Writing = null });
        return AgentStep.Happens(world, worker, new CheckpointStored(written));
    }
}
