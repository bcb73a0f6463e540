using Orchestrator.Collectives;
using Orchestrator.Shared.Protocol;
using Orchestrator.Worker.Agent;
using Orchestrator.Worker.Recovery;

namespace Orchestrator.Worker.Ranks;

/// <summary>What an exception on a rank thread means to the coordinator: somebody is suspected, this worker cannot go on, or the base is damaged.</summary>
internal static class RankFaults
{
    public static RankStopped Read(long generation, Exception problem, string workerId, bool forming)
    {
        if (problem is CheckpointDamagedException damaged)
        {
            return new RankStopped(generation, null, null, new DamagedCheckpoint(damaged.Path, damaged.Message));
        }

        var (suspect, failure) = Read(problem, workerId, forming);
        return new RankStopped(generation, suspect, failure);
    }

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
