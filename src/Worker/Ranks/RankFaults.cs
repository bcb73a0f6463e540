using Orchestrator.Collectives;
using Orchestrator.Pretraining.Training;
using Orchestrator.Shared.Protocol;
using Orchestrator.Worker.Agent;
using Orchestrator.Worker.Recovery;

namespace Orchestrator.Worker.Ranks;

/// <summary>What an exception on a rank thread means to the coordinator: somebody is suspected, this worker cannot go on, or the base is damaged.</summary>
internal static class RankFaults
{
    public static RankStopped Read(GenerationRecord record, Exception problem, string workerId, bool forming)
    {
        var generation = record.Number;
        if (problem is CorruptionException corruption)
        {
            return new RankStopped(generation, null, null) { Corruption = Found(record, corruption) };
        }

        if (problem is CheckpointDamagedException damaged)
        {
            return new RankStopped(generation, null, null, new DamagedCheckpoint(damaged.Path, damaged.Message));
        }

        var (suspect, failure) = Read(problem, workerId, forming);
        return new RankStopped(generation, suspect, failure);
    }

    private static FoundCorruption Found(GenerationRecord record, CorruptionException corruption) =>
        new(
            corruption.Kind,
            corruption.Step,
            [.. corruption.Accused.Select(rank => record.Members[rank].WorkerId)],
            corruption.Decided,
            $"{corruption.Message} ({string.Join(", ", record.Members.Select((member, rank) => $"rank {rank} is {member.WorkerId}"))})"
        );

    private static (Suspicion? Suspect, WorkerFailure? Failure) Read(Exception problem, string workerId, bool forming) =>
        problem switch
        {
            PeerLostException lost => (new Suspicion(lost.PeerName, lost.Message, forming, lost.Waited.TotalSeconds), null),
            StateLostException lost => (new Suspicion(lost.From, lost.Message, true, 0), null),
            PreflightException different when different.Worker == workerId => (
                null,
                new WorkerFailure(FailureKind.Device, different.Message, forming)
            ),
            PreflightException different => (new Suspicion(different.Worker, different.Message, true, 0), null),
            TrainerFailedException failed => (null, new WorkerFailure(failed.Kind, failed.Message, forming)),

            // Stopped without an order: the generation is over and nobody is to blame.
            StepStoppedException or GenerationEndedException or OperationCanceledException => (null, null),
            _ => (null, new WorkerFailure(FailureKind.Device, $"{problem.GetType().Name}: {problem.Message}", forming)),
        };
}
