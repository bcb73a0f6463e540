namespace Orchestrator.Coordinator.Serialization;

/// <summary>Marks what stands in the journal; bound to <see cref="JournalSerializer"/>. Keys are only added, manifests never reused.</summary>
public interface IJournalEvent
{
    DateTimeOffset At { get; }
}
