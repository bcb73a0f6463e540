using Akka.Actor;
using Orchestrator.Coordinator.Fleet;
using Orchestrator.Coordinator.Runs;
using Orchestrator.Coordinator.Sweeps;
using Orchestrator.Shared.Serialization;

namespace Orchestrator.Coordinator.Serialization;

/// <summary>The journal's serializer: the events of the head, of runs and of sweeps, nothing else. The number in a manifest is the event's version.</summary>
public sealed class JournalSerializer(ExtendedActorSystem system) : ClosedMessagePackSerializer(system, Manifests)
{
    public static IReadOnlyDictionary<string, Type> Manifests { get; } =
        new Dictionary<string, Type>(StringComparer.Ordinal)
        {
            ["head-adopted.1"] = typeof(HeadAdopted),
            ["run-submitted.1"] = typeof(RunSubmitted),
            ["run-adopted.1"] = typeof(RunAdopted),
            ["generation-prepared.1"] = typeof(GenerationPrepared),
            ["generation-formed.1"] = typeof(GenerationFormed),
            ["generation-resumed.1"] = typeof(GenerationResumed),
            ["checkpoint-completed.1"] = typeof(CheckpointCompleted),
            ["checkpoint-damaged.1"] = typeof(CheckpointDamaged),
            ["corruption-found.1"] = typeof(CorruptionFound),
            ["data-agreed.1"] = typeof(DataAgreed),
            ["worker-excluded.1"] = typeof(WorkerExcluded),
            ["cancel-requested.1"] = typeof(CancelRequested),
            ["run-trained.1"] = typeof(RunTrained),
            ["evaluation-completed.1"] = typeof(EvaluationCompleted),
            ["run-evaluated.1"] = typeof(RunEvaluated),
            ["run-completed.1"] = typeof(RunCompleted),
            ["run-failed.1"] = typeof(RunFailed),
            ["run-canceled.1"] = typeof(RunCanceled),
            ["run-noted.1"] = typeof(RunNoted),
            ["run-changed.1"] = typeof(RunChanged),
            ["pause-requested.1"] = typeof(PauseRequested),
            ["pause-lifted.1"] = typeof(PauseLifted),
            ["run-retried.1"] = typeof(RunRetried),
            ["sweep-submitted.1"] = typeof(SweepSubmitted),
            ["sweep-adopted.1"] = typeof(SweepAdopted),
            ["trial-started.1"] = typeof(TrialStarted),
            ["rung-decided.1"] = typeof(RungDecided),
            ["trial-ended.1"] = typeof(TrialEnded),
            ["sweep-stopping.1"] = typeof(SweepStopping),
            ["sweep-ended.1"] = typeof(SweepEnded),
        };

    public override int Identifier => 7302;
}
