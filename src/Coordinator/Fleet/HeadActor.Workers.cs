using Akka.Actor;
using Akka.Remote;
using Orchestrator.Coordinator.Runs;
using Orchestrator.Shared.Protocol;

namespace Orchestrator.Coordinator.Fleet;

// What workers say, and what is heard about them.
public sealed partial class HeadActor
{
    private void Hear(WorkerStatus status)
    {
        var served = fleet.Status(status.WorkerId)?.Run;
        var verdict = fleet.Hear(status, Now);
        if (verdict == StatusVerdict.OtherVersion)
        {
            connections[status.WorkerId] = Sender;
        }

        if (verdict != StatusVerdict.Counts)
        {
            Refuse(status, verdict);
            return;
        }

        connections[status.WorkerId] = Sender;
        if (status.Run is { } serves && !runs.Knows(serves))
        {
            Sender.Tell(new StatusAck(serves, status.Epoch, status.Sequence, 0, $"run {serves} is not in this coordinator's journal"));
            return;
        }

        if (status.Run is null)
        {
            Sender.Tell(new StatusAck(null, epoch, status.Sequence, 0, null));
        }
        else if (!book.HasEnded(status.Run))
        {
            fleet.Assign(status.WorkerId, status.Run, 0);
        }

        // A run takes a member back that speaks again. One that is kept out and holds nothing does not reach it; one that still serves it, for it was
        // frozen and not killed, is a source of its state and no member.
        var keptOut = fleet.IsKeptOut(status.WorkerId, Now);
        var given = keptOut ? null : fleet.RunOf(status.WorkerId);
        var run = status.Run ?? status.Evaluation?.Split('/')[0] ?? given;
        // Else a run that it has left, and that claims it no more, would tell it to leave for ever.
        if (served is not null && served != run && !book.HasEnded(served))
        {
            runs.Find(served)?.Tell(new WorkerSpoke(status, Sender) { KeptOut = keptOut });
        }

        if (run is not null && runs.Find(run) is { } actor)
        {
            actor.Tell(new WorkerSpoke(status, Sender) { KeptOut = keptOut });
        }
        else if (status.Run is null)
        {
            Settle();
        }
    }

    /// <summary>A machine that errs errs in every run.</summary>
    private void Accuse(CorruptionFound found)
    {
        foreach (var worker in found.Accused.Select(RunState.WorkerOf))
        {
            fleet.Accuse(worker, found.Kind, Now);
            log.Corrupted(worker, found.Text);
        }

        Settle();
    }

    private void Refuse(WorkerStatus status, StatusVerdict verdict)
    {
        if (verdict == StatusVerdict.Old)
        {
            return;
        }

        parts.Metrics.StatusRefused();
        var reason = verdict switch
        {
            StatusVerdict.Unproven => "the proof of the join token does not hold: the worker has another JoinToken than the coordinator",
            StatusVerdict.OtherVersion =>
                $"it is of version {ProgramVersion.Plain(status.Version)}, the coordinator of {Version}: a run's bits are those of one version",
            _ => $"a newer process of {status.WorkerId} has spoken; this one is retired",
        };
        if (refused.Count < 10_000 && refused.Add($"{status.WorkerId}#{status.Incarnation}"))
        {
            log.Refused(status.WorkerId, reason);
        }

        // The worker's own epoch: a lower one would count as a stale coordinator's, and be answered.
        Sender.Tell(new StatusAck(status.Run, status.Epoch, status.Sequence, 0, reason));
    }

    /// <summary>Only workers that have proved the join token are listened to.</summary>
    private void Pass(string run, string workerId, IControlMessage message)
    {
        if (IsHeard(workerId) && runs.Find(run) is { } actor)
        {
            actor.Tell(new WorkerWrote(message, Sender));
        }
    }

    private bool IsHeard(string workerId) =>
        fleet.Status(workerId) is not null && connections.GetValueOrDefault(workerId)?.Path.Address == Sender.Path.Address;

    /// <summary>A control connection broke: is the worker's process gone, or only the connection?</summary>
    private void Probe(DisassociatedEvent broken)
    {
        foreach (var (id, _) in connections.Where(c => c.Value.Path.Address == broken.RemoteAddress).ToArray())
        {
            if (fleet.Status(id) is not { } status)
            {
                continue;
            }

            TellRunOf(id, new Disassociated(id));
            var answered = new ProbeAnswered(id, status.Incarnation, false);
            _ = DataPortProbe
                .IsRefusedAsync(status.DataHost, status.DataPort, parts.Time)
                .PipeTo(Self, success: gone => answered with { Refused = gone }, failure: _ => answered);
        }
    }

    private void Probed(ProbeAnswered probe)
    {
        if (!probe.Refused)
        {
            return;
        }

        fleet.MarkGone(probe.WorkerId, probe.Incarnation);
        log.Gone(probe.WorkerId);
        TellRunOf(probe.WorkerId, new ProcessGone(probe.WorkerId, probe.Incarnation));
        Settle();
    }

    private void TellRunOf(string workerId, object message)
    {
        if ((fleet.Status(workerId)?.Run ?? fleet.RunOf(workerId)) is { } run && runs.Find(run) is { } actor)
        {
            actor.Tell(message);
        }
    }

    private sealed record ProbeAnswered(string WorkerId, long Incarnation, bool Refused);
}
