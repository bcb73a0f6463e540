using Akka.Actor;
using Orchestrator.Shared.Protocol;

namespace Orchestrator.Shared.Serialization;

/// <summary>The control plane's serializer: the messages of <see cref="IControlMessage"/>, nothing else.</summary>
public sealed class ControlMessageSerializer(ExtendedActorSystem system) : ClosedMessagePackSerializer(system, Manifests)
{
    /// <summary>Manifests are part of the protocol: never reused for another type.</summary>
    public static IReadOnlyDictionary<string, Type> Manifests { get; } =
        new Dictionary<string, Type>(StringComparer.Ordinal)
        {
            ["status"] = typeof(WorkerStatus),
            ["checkpoint-written"] = typeof(CheckpointWritten),
            ["step-metrics"] = typeof(StepMetrics),
            ["evaluation-reported"] = typeof(EvaluationReported),
            ["status-ack"] = typeof(StatusAck),
            ["prepare"] = typeof(Prepare),
            ["form"] = typeof(Form),
            ["start"] = typeof(Start),
            ["follow"] = typeof(Follow),
            ["write-checkpoint"] = typeof(WriteCheckpoint),
            ["checkpoint-settled"] = typeof(CheckpointSettled),
            ["leave"] = typeof(Leave),
            ["evaluate"] = typeof(Evaluate),
            ["stop-helping"] = typeof(StopHelping),
            ["verify"] = typeof(Verify),
            ["evaluation-settled"] = typeof(EvaluationSettled),
            ["head-asked"] = typeof(HeadAsked),
            ["head-told"] = typeof(HeadTold),
        };

    public override int Identifier => 7301;
}
