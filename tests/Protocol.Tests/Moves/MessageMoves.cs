using Orchestrator.Coordinator.Runs;
using Orchestrator.Protocol.Tests.World;
using Orchestrator.Shared.Protocol;
using Orchestrator.Worker.Agent;

namespace Orchestrator.Protocol.Tests.Moves;

/// <summary>
/// Messages. Each says how its sender stands now, so one that is heard is always the newest; all that are not heard in between are lost. What comes late is
/// a fault: it is kept once, and delivered at any later moment, any number of times.
/// </summary>
internal static class MessageMoves
{
    public static IEnumerable<Move> Of(ModelWorld world)
    {
        foreach (var coordinator in world.Coordinators)
        {
            for (var worker = 0; worker < world.Workers.Length; worker++)
            {
                if (!world.Workers[worker].IsReachable)
                {
                    continue;
                }

                foreach (var move in Between(world, coordinator, worker))
                {
                    yield return move;
                }
            }
        }

        foreach (var late in world.Late)
        {
            foreach (var move in Deliver(world, late))
            {
                yield return move;
            }
        }
    }

    private static IEnumerable<Move> Between(ModelWorld world, CoordinatorProcess coordinator, int worker)
    {
        var self = world.Workers[worker];
        var spoken = world.With(worker, self with { Sequence = self.Sequence + 1 });
        var status = spoken.Workers[worker].Status();
        if (!coordinator.Knows(self))
        {
            var heard = Hear(spoken, coordinator.Name, status, self.Agent);
            yield return new($"coordinator {coordinator.Name} hears {Words(status)}", false, heard);
            foreach (var move in SendFirst(world, coordinator.Name, heard))
            {
                yield return move;
            }
        }

        foreach (var due in coordinator.Due)
        {
            if (due.WorkerId == self.Id)
            {
                yield return new($"{self.Id} hears {Words(due.Message)}", false, AgentStep.Hears(world, worker, due.Message));
            }
        }

        foreach (var unsettled in self.Agent.Unsettled)
        {
            foreach (var move in Announce(world, coordinator.Name, worker, unsettled.Written))
            {
                yield return move;
            }
        }

        if (world.Left is { Total: > 0, LateMessages: > 0 })
        {
            var kept = self.Agent.Unsettled.Select(u => new LateMessage(null, u.Written)).Append(new LateMessage(null, status));
            var due = coordinator.Due.Where(d => d.WorkerId == self.Id).Select(d => new LateMessage(d.WorkerId, d.Message));
            foreach (var late in kept.Concat(due))
            {
                yield return new(
                    $"FAULT kept on its way {(late.To is null ? "" : $"to {late.To}")}: {Words(late.Message)}",
                    true,
                    (late.Message is WorkerStatus ? spoken : world).Spends(f => f with { LateMessages = f.LateMessages - 1 }) with
                    {
                        Late = world.Late.Add(late),
                    }
                );
            }
        }
    }

    private static IEnumerable<Move> Deliver(ModelWorld world, LateMessage late)
    {
        if (late.To is { } to)
        {
            var worker = world.IndexOf(to);
            if (world.Workers[worker].Moves)
            {
                yield return new($"LATE {to} hears {Words(late.Message)}", true, AgentStep.Hears(world, worker, late.Message));
            }

            yield break;
        }

        foreach (var coordinator in world.Coordinators)
        {
            var after = late.Message is WorkerStatus status
                ? Hear(world, coordinator.Name, status, null)
                : CoordinatorStep.Takes(world, coordinator.Name, new CheckpointAnnounced((CheckpointWritten)late.Message)).World;
            yield return new($"LATE coordinator {coordinator.Name} hears {Words(late.Message)}", true, after);
        }
    }

    /// <summary>The head drops what is older than the newest; the rest reaches the run.</summary>
    private static ModelWorld Hear(ModelWorld world, int name, WorkerStatus status, AgentState? speaker)
    {
        var coordinator = world.Coordinators.First(c => c.Name == name);
        var mark = new HeardStatus(status.Incarnation, status.Sequence, speaker);
        if (
            coordinator.Heard.TryGetValue(status.WorkerId, out var last)
            && (mark.Incarnation, mark.Sequence).CompareTo((last.Incarnation, last.Sequence)) <= 0
        )
        {
            return world;
        }

        world = CoordinatorStep.Replace(world, coordinator with { Heard = coordinator.Heard.SetItem(status.WorkerId, mark) });
        return CoordinatorStep.Takes(world, name, new Heard(status)).World;
    }

    private static IEnumerable<Move> Announce(ModelWorld world, int name, int worker, CheckpointWritten written)
    {
        var (after, answers) = CoordinatorStep.Takes(world, name, new CheckpointAnnounced(written));
        yield return new($"coordinator {name} hears {Words(written)}, its answer is lost", false, after);
        foreach (var answer in answers)
        {
            var settled = AgentStep.Hears(after, world.IndexOf(answer.WorkerId), answer.Message);
            yield return new($"coordinator {name} hears {Words(written)}, {answer.WorkerId} hears {Words(answer.Message)}", false, settled);
        }
    }

    /// <summary>The naive variant: what would be formed is sent, and then the append does not happen.</summary>
    private static IEnumerable<Move> SendFirst(ModelWorld before, int name, ModelWorld after)
    {
        if (before.Rules.PersistsFirst || after.Journal.Generation?.Number is not { } number || number == before.Journal.Generation?.Number)
        {
            yield break;
        }

        foreach (var due in after.Coordinators.Where(c => c.Name == name).SelectMany(c => c.Due).Where(d => d.Message is Form))
        {
            yield return new(
                $"{due.WorkerId} hears {Words(due.Message)}, before it is persisted",
                false,
                AgentStep.Hears(before, before.IndexOf(due.WorkerId), due.Message)
            );
        }
    }

    private static string Words(IControlMessage message) =>
        message switch
        {
            WorkerStatus s =>
                $"{s.WorkerId}#{s.Incarnation}: {s.Phase}, promised {s.Promised}, g{s.Generation}, step {s.Held?.Step ?? s.ProgressStep}{(s.Draining ? ", draining" : "")}",
            Prepare p => $"Prepare({p.Number}{(p.StopAfterStep is { } stop ? $", after step {stop}" : "")})",
            Form f =>
                $"Form(g{f.Record.Number}: {string.Join(", ", f.Record.Members.Select(m => $"{m.WorkerId}#{m.Incarnation}"))}; base {f.Record.BaseStep})",
            Start s => $"Start(g{s.Generation})",
            Follow f => $"Follow(g{f.Record.Number} from {f.Source.WorkerId})",
            Leave l => $"Leave({l.Reason})",
            WriteCheckpoint w => $"WriteCheckpoint(from step {w.MinimumStep})",
            CheckpointWritten c => $"{c.WorkerId}'s checkpoint of step {c.Step}, token {c.Token}",
            CheckpointSettled c => $"{(c.Accepted ? "accepted" : "refused")}: step {c.Step}",
            _ => message.GetType().Name,
        };
}
