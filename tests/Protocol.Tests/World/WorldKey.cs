using Orchestrator.Coordinator.Runs;
using Orchestrator.Shared.Protocol;

namespace Orchestrator.Protocol.Tests.World;

/// <summary>
/// What makes two moments the same: everything that any decision reads. Left out is what only people read (texts, histories, times of events), and numbers of
/// statuses beyond their order.
/// </summary>
internal sealed class WorldKey
{
    private readonly KeyWriter key = new();
    private readonly List<(string Worker, long Incarnation, long Sequence)> sequences = [];

    public UInt128 Of(ModelWorld world)
    {
        key.Clear();
        Number(world);
        Journal(world.Journal);
        key.Add((long)world.Coordinators.Length);
        foreach (var coordinator in world.Coordinators)
        {
            Coordinator(world, coordinator);
        }

        foreach (var worker in world.Workers)
        {
            Worker(worker);
        }

        key.Add((long)world.Parts.Length);
        foreach (var part in world.Parts)
        {
            key.Add(part.Generation);
            key.Add(part.WorkerId);
            key.Add(part.Incarnation);
            key.Add(part.Step);
        }

        foreach (var (path, state) in world.Files)
        {
            key.Add(path);
            key.Add(state.Step);
        }

        Wires(world);
        return key.Hash();
    }

    /// <summary>Only the order of statuses counts: they are numbered anew by process.</summary>
    private void Number(ModelWorld world)
    {
        sequences.Clear();
        foreach (var coordinator in world.Coordinators)
        {
            sequences.AddRange(coordinator.Heard.Select(h => (h.Key, h.Value.Incarnation, h.Value.Sequence)));
            foreach (var known in coordinator.State.Workers.Values)
            {
                if (known.Status is { } status)
                {
                    sequences.Add((status.WorkerId, status.Incarnation, status.Sequence));
                }
            }
        }

        sequences.AddRange(world.Late.Select(l => l.Message).OfType<WorkerStatus>().Select(s => (s.WorkerId, s.Incarnation, s.Sequence)));
        sequences.Sort();
    }

    private void Sequence(string worker, long incarnation, long sequence)
    {
        long place = 0;
        long? last = null;
        foreach (var (id, process, number) in sequences)
        {
            if (id == worker && process == incarnation && number < sequence && number != last)
            {
                (place, last) = (place + 1, number);
            }
        }

        key.Add(place);
    }

    private void Journal(RunState state)
    {
        key.Add(state.Epoch);
        key.Add(state.PreparedNumber);
        key.Add(state.Prepared?.StopAfterStep ?? -1);
        key.Add(state.LossSinceFormed);
        key.Add(state.SuspectedAt is not null);
        key.Add(state.Formed is { Recovery: true, SuspectedAt: not null } f && !(state.Resumed?.Number >= f.Record.Number));
        Record(state.Generation);
        key.Add((long)state.Checkpoints.Count);
        foreach (var checkpoint in state.Checkpoints)
        {
            key.Add(checkpoint.Path);
        }

        key.Add(state.Trained is not null);
        key.Add(state.End is not null);
        key.Add(state.SetFree);
        key.Add(state.Pause is not null);
        key.Add(state.Cancel is not null);
        key.Add((long)state.Mode);
    }

    private void Coordinator(ModelWorld world, CoordinatorProcess self)
    {
        var state = self.State;
        key.Add(self.Name);
        key.Add(self.Appended == world.Appended);
        Journal(state);
        key.Add(state.FirstHeardAt is not null);
        key.Add(state.Started);
        key.Add(state.Hint);
        key.Add(state.HintAt == Clock.LongAgo);
        key.Add(state.WaitingSince is not null);
        key.Add(state.WaitingSince == Clock.LongAgo);
        key.Add(state.Order?.MinimumStep ?? -1);
        key.Add(state.Order?.Asked);
        key.Add(
            state.Recall is null ? 0L
            : state.Recall.Stops ? 2 + (long)state.Recall.Cause
            : 1
        );
        foreach (var (worker, heard) in self.Heard)
        {
            key.Add(worker);
            key.Add(heard.Incarnation);
            Sequence(worker, heard.Incarnation, heard.Sequence);
        }

        key.Add((long)state.Workers.Count);
        foreach (var known in state.Workers.Values)
        {
            Known(known);
        }

        foreach (var blame in state.Blames.Values.Where(b => b.Until > Clock.Now).OrderBy(b => b.Pair, StringComparer.Ordinal))
        {
            key.Add(blame.Pair);
        }
    }

    private void Known(KnownWorker known)
    {
        key.Add(known.WorkerId);
        key.Add(known.HeardAt is not null);
        key.Add(known.HeardAt == Clock.LongAgo);
        key.Add(known.KnownAt > Clock.Formed);
        key.Add(known.Offered);
        key.Add(known.GivenUp);
        key.Add(known.Gone);
        key.Add(known.Leaving);
        key.Add(known.Recalled);
        key.Add(known.Status is not null);
        if (known.Status is { } status)
        {
            Status(status);
        }
    }

    private void Status(WorkerStatus status)
    {
        key.Add(status.WorkerId);
        key.Add(status.Incarnation);
        Sequence(status.WorkerId, status.Incarnation, status.Sequence);
        key.Add(status.Epoch);
        key.Add(status.Run);
        key.Add(status.Promised);
        key.Add(status.Generation);
        key.Add((long)status.Phase);
        key.Add(status.Held?.Step ?? -1);
        key.Add(status.ProgressStep);
        Suspect(status.Suspect);
        key.Add(status.Draining);
        key.Add(status.Follows);
        key.Add(status.Lag);
    }

    private void Suspect(Suspicion? suspect)
    {
        key.Add(suspect?.WorkerId);
        key.Add(suspect?.WhileForming ?? false);
    }

    private void Worker(WorkerProcess self)
    {
        var (agent, rank) = (self.Agent, self.Rank);
        key.Add(self.Incarnation);
        key.Add(self.Alive);
        key.Add(self.Frozen);
        key.Add(self.ControlCut);
        key.Add(self.Peak);
        key.Add(agent.Run);
        key.Add(agent.Epoch);
        key.Add(agent.Wanted);
        key.Add(agent.Promised);
        key.Add(agent.Generation);
        Record(agent.Record);
        key.Add((long)agent.Phase);
        key.Add(agent.Held?.Step ?? -1);
        key.Add(agent.ProgressStep);
        Suspect(agent.Suspect);
        key.Add(agent.Draining);
        key.Add(agent.RescueAsked);
        key.Add(agent.Follows);
        key.Add(agent.Lag);
        key.Add((long)agent.Unsettled.Count);
        foreach (var unsettled in agent.Unsettled)
        {
            key.Add(unsettled.Written.Path);
            key.Add(unsettled.Written.Step);
        }

        Rank(rank);
    }

    private void Rank(RankModel rank)
    {
        key.Add(rank.State?.Step ?? -1);
        key.Add(rank.Record?.Number ?? -1);
        key.Add(rank.CopiesFrom);
        key.Add(rank.Ready);
        key.Add(rank.Started);
        key.Add(rank.Serves);
        key.Add(rank.Stop?.Number ?? -1);
        key.Add(rank.Stop?.StopAfterStep ?? -1);
        key.Add(rank.Write?.Token ?? -1);
        key.Add(rank.Write?.MinimumStep ?? -1);
        key.Add(rank.Writing?.Path);
        key.Add(rank.Writing?.Step ?? -1);
        key.Add(rank.Follows?.Record.Number ?? -1);
        key.Add(rank.Follows?.Source.WorkerId);
        key.Add(rank.Attached);
    }

    private void Record(GenerationRecord? record)
    {
        key.Add(record?.Number ?? -1);
        if (record is null)
        {
            return;
        }

        foreach (var member in record.Members)
        {
            key.Add(member.WorkerId);
            key.Add(member.Incarnation);
        }

        key.Add(record.BaseStep);
        key.Add((long)record.Sources.Count);
        foreach (var source in record.Sources)
        {
            key.Add(source.WorkerId);
        }

        key.Add(record.CheckpointPath);
    }

    private void Wires(ModelWorld world)
    {
        foreach (var late in world.Late)
        {
            key.Add(late.To);
            if (late.Message is WorkerStatus status)
            {
                Status(status);
            }
            else
            {
                key.Add(late.Message.GetType().Name);
                key.Add(Number(late.Message));
            }
        }

        foreach (var (left, right) in world.DataCuts)
        {
            key.Add(left);
            key.Add(right);
        }

        var faults = world.Left;
        key.Add(faults.Total);
        key.Add(((faults.WorkerCrashes * 16L) + faults.CoordinatorCrashes) * 16L + faults.SecondCoordinators);
        key.Add(((faults.LateMessages * 16L) + faults.WrongSuspicions) * 16L + faults.Freezes);
        key.Add(((faults.ControlCuts * 16L) + faults.DataCuts) * 16L + faults.Drains);
        key.Add((long)faults.Recalls);
    }

    private static string Number(IControlMessage message) =>
        message switch
        {
            Prepare m => $"{m.Epoch} {m.Number} {m.StopAfterStep}",
            Form m => $"{m.Epoch} {m.Record.Number} {string.Join(' ', m.Record.Members)} {m.Record.BaseStep}",
            Start m => $"{m.Epoch} {m.Generation}",
            Follow m => $"{m.Epoch} {m.Record.Number} {m.Source.WorkerId}",
            Leave m => $"{m.Epoch} {m.Incarnation}",
            WriteCheckpoint m => $"{m.Epoch} {m.Token} {m.MinimumStep}",
            CheckpointWritten m => $"{m.Path} {m.Step}",
            _ => message.ToString()!,
        };
}
