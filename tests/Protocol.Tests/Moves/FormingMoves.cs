using Orchestrator.Protocol.Tests.World;
using Orchestrator.Shared.Protocol;
using Orchestrator.Worker.Agent;

namespace Orchestrator.Protocol.Tests.Moves;

/// <summary>From a generation's record to Ready: meet all peers, take the base, agree.</summary>
internal static class FormingMoves
{
    public static IEnumerable<Move> Of(ModelWorld world, int worker, WorkerProcess self, GenerationRecord record) =>
        [
            .. Base(world, worker, self, record),
            .. Agree(world, worker, self, record),
            .. RankMoves.Lose(world, worker, self, record),
            .. SourceLost(world, worker, self, record),
        ];

    private static bool HasMetAll(ModelWorld world, WorkerProcess self, GenerationRecord record) =>
        record.Members.All(m =>
            world.Workers[world.IndexOf(m.WorkerId)] is var peer && peer.IsIn(record) && !world.AreCut(self.Id, peer.Id)
        );

    private static IEnumerable<Move> Base(ModelWorld world, int worker, WorkerProcess self, GenerationRecord record)
    {
        var rank = self.Rank;
        if (rank.CopiesFrom is { } from)
        {
            if (Serves(world, self, record, from))
            {
                yield return new(
                    $"{self.Id} has the copy of step {record.BaseStep} whole",
                    false,
                    Take(world, worker, record, new HeldState(record.BaseStep, record.BaseDigest, record.BaseStateGeneration))
                );
            }

            yield break;
        }

        if (IsAgreed(world, self, record) || !HasMetAll(world, self, record))
        {
            yield break;
        }

        if (rank.Holds(record))
        {
            yield return new($"{self.Id} has met all of g{record.Number}", false, world.Gives(record, self, record.BaseStep));
        }
        else if (record.Sources.Count > 0)
        {
            foreach (var source in world.Workers)
            {
                if (source.Id != self.Id && Serves(world, self, record, source.Id))
                {
                    var begun = rank with { CopiesFrom = source.Id, State = world.Rules.CopiesAside ? rank.State : null };
                    yield return new($"{self.Id} begins to copy step {record.BaseStep} of {source.Id}", false, world.With(worker, begun));
                }
            }
        }
        else if (record.CheckpointPath is { } path && world.Files.TryGetValue(path, out var file) && file.Digest == record.BaseDigest)
        {
            yield return new($"{self.Id} reads step {file.Step} from storage", false, Take(world, worker, record, file));
        }
    }

    private static ModelWorld Take(ModelWorld world, int worker, GenerationRecord record, HeldState state)
    {
        var self = world.Workers[worker];
        var taken = self with { Rank = self.Rank with { State = state, CopiesFrom = null }, Peak = Math.Max(self.Peak, state.Step) };
        return world.With(worker, taken).Gives(record, taken, record.BaseStep);
    }

    /// <summary>Only who holds the base serves it: a member that has the record, or a source beside the generation.</summary>
    private static bool Serves(ModelWorld world, WorkerProcess self, GenerationRecord record, string source)
    {
        var peer = world.Workers[world.IndexOf(source)];
        return peer.Moves
            && !world.AreCut(self.Id, source)
            && peer.Rank.Holds(record)
            && (peer.IsIn(record) || peer.Rank.Serves == record.Number);
    }

    private static bool IsAgreed(ModelWorld world, WorkerProcess self, GenerationRecord record) =>
        world.PartOf(record, record.Members[self.Rank.Place]) is not null;

    private static IEnumerable<Move> Agree(ModelWorld world, int worker, WorkerProcess self, GenerationRecord record)
    {
        if (self.Rank.Holds(record) && world.AllGave(record, record.BaseStep))
        {
            var ready = world.With(worker, self.Rank with { Ready = true });
            yield return new(
                $"{self.Id} is ready in g{record.Number}",
                false,
                AgentStep.Happens(ready, worker, new RankReady(record.Number, world.Bounds.Steps))
            );
        }
    }

    /// <summary>Nobody is left, or comes, who serves the base; storage has lost it.</summary>
    private static IEnumerable<Move> SourceLost(ModelWorld world, int worker, WorkerProcess self, GenerationRecord record)
    {
        if (self.Rank.Holds(record) || IsAgreed(world, self, record))
        {
            yield break;
        }

        var lost =
            record.Sources.Count > 0
                ? record.Sources.All(s => IsGone(world, self, record, s.WorkerId))
                : record.CheckpointPath is { } path && !world.Files.ContainsKey(path);
        if (lost)
        {
            var name = record.Sources.Count > 0 ? record.Sources[0].WorkerId : "storage";
            yield return new($"{self.Id} finds no source of step {record.BaseStep}", false, RankMoves.Stops(world, worker, record, name));
        }
    }

    private static bool IsGone(ModelWorld world, WorkerProcess self, GenerationRecord record, string source)
    {
        var peer = world.Workers[world.IndexOf(source)];
        return !peer.Moves
            || world.AreCut(self.Id, source)
            || !peer.Rank.Holds(record)
            || peer.Agent.Wanted > record.Number
            || (!peer.IsIn(record) && peer.Rank.Serves != record.Number && (peer.ControlCut || peer.Agent.Generation >= record.Number));
    }
}
